"""The storefront, port 8550: pages made on the server, from what the API says."""
