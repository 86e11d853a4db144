//! Kinds that Kubernetes does not bring, written by hand as far as they are used; each is proven against its own CRD.
//! What is made of them is decided in `children`.

pub(crate) mod envoy_gateway;
pub(crate) mod gateway;
pub(crate) mod monitoring;
pub(crate) mod traefik;

/// A namespaced kind with a spec.
macro_rules! foreign {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $group:literal, $version:literal, $plural:literal, $spec:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name {
            pub(crate) metadata: kube_core::ObjectMeta,
            pub(crate) spec: $spec,
        }

        impl k8s_openapi::Resource for $name {
            const API_VERSION: &'static str = concat!($group, "/", $version);
            const GROUP: &'static str = $group;
            const KIND: &'static str = $kind;
            const VERSION: &'static str = $version;
            const URL_PATH_SEGMENT: &'static str = $plural;
            type Scope = k8s_openapi::NamespaceResourceScope;
        }

        impl k8s_openapi::Metadata for $name {
            type Ty = kube_core::ObjectMeta;
            fn metadata(&self) -> &Self::Ty {
                &self.metadata
            }
            fn metadata_mut(&mut self) -> &mut Self::Ty {
                &mut self.metadata
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct;
                let mut whole = serializer.serialize_struct($kind, 4)?;
                whole.serialize_field("apiVersion", <Self as k8s_openapi::Resource>::API_VERSION)?;
                whole.serialize_field("kind", $kind)?;
                whole.serialize_field("metadata", &self.metadata)?;
                whole.serialize_field("spec", &self.spec)?;
                whole.end()
            }
        }
    };
}
use foreign;
