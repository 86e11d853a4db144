//! Kinds that Kubernetes does not bring, as far as children are made of them. Each is proven by the server that has its CRD,
//! with strict validation of fields.

pub(crate) mod monitoring;
