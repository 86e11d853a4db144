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
