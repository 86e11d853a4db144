"""Where spans arrive, by HTTP and by gRPC, as a collector and Logfire receive them."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as wire
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as rpc


class Collector:
    """Keeps the name of each span, with its resource and with who sent it."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, dict, str | None]] = []

    def keep(self, request, sender=None) -> wire.ExportTraceServiceResponse:
        for resource in request.resource_spans:
            about = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(span.name, about, sender) for span in scope.spans]
        return wire.ExportTraceServiceResponse()

    def by_http(self):
        """Serve; give the address and a way to end it."""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path == "/v1/traces":
                    sender = self.headers.get("authorization")
                    collector.keep(wire.ExportTraceServiceRequest.FromString(body), sender)
                self.send_response(200)
                self.end_headers()

            def do_GET(self) -> None:
                self.send_response(503)
                self.end_headers()

            def log_message(self, *_args) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}", lambda: (
            server.shutdown(),
            server.server_close(),
        )

    def by_grpc(self):
        """Serve; give the address and a way to end it."""
        collector = self

        class Servicer(rpc.TraceServiceServicer):
            def Export(self, request, _context):
                return collector.keep(request)

        server = grpc.server(ThreadPoolExecutor(1))
        rpc.add_TraceServiceServicer_to_server(Servicer(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        return f"http://127.0.0.1:{port}", lambda: server.stop(None).wait()
