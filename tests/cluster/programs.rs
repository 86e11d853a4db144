//! Small programs that play a role where no example does: they answer with what a process sees.
//! They need nothing but Python, and start at once.

use serde_json::{Value, json};

const ANSWER: &str = r#"
import http.server, json, os
ANSWER
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(answer()).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"#;

/// An api that answers every GET with what the Python function `answer` gives.
pub fn api(answer: &str) -> Value {
    json!({"command": ["python", "-c", ANSWER.replace("ANSWER", answer)], "stop": {"delaySeconds": 0}})
}

/// Port on which a traveller is asked.
pub const TRAVELLER_PORT: u16 = 8000;

const TRAVELLER: &str = r#"
import http.server, json, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = {"reached": True}
        try:
            _, _, host, port = self.path.split("/")
            socket.create_connection((host, int(port)), timeout=1.5).close()
        except OSError as error:
            answer = {"reached": False, "why": str(error)}
        except ValueError:
            pass
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"#;

/// A process that tries to reach whatever it is asked to: `/reach/<host>/<port>`. A name is looked up first.
pub fn traveller() -> Value {
    json!({"command": ["python", "-c", TRAVELLER], "stop": {"delaySeconds": 0}})
}
