"""A bucket on this machine: as much of S3's protocol as a store of documents speaks."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Bucket:
    """Objects by their path; `away` makes every request fail, `requests` says what was asked."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.away = False
        self.url = ""

    @property
    def store_url(self) -> str:
        """What BURSAR_STORE_URL says of it."""
        return f"s3://key:secret@documents/school?region=eu-central-1&endpoint={self.url}"

    def path(self, key: str) -> str:
        """Where the object of a key of ours lies."""
        return f"/documents/school/{key}"


@contextmanager
def open_bucket() -> Iterator[Bucket]:
    """Serve a bucket until the block ends."""
    bucket = Bucket()
    handler = type("Handler", (_Handler,), {"bucket": bucket, "uploads": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    bucket.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    uploads: dict[str, dict[int, bytes]]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self._begin("GET")
        if path is not None:
            found = self.bucket.objects.get(path)
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>") if found is None else self._answer(
                200, found
            )

    def do_HEAD(self) -> None:
        path = self._begin("HEAD")
        if path is not None:
            found = self.bucket.objects.get(path)
            self._answer(200 if found is not None else 404, found or b"", head=True)

    def do_PUT(self) -> None:
        body = self._body()
        path = self._begin("PUT")
        if path is None:
            return
        query = parse_qs(urlsplit(self.path).query)
        if "partNumber" in query:
            self.uploads.setdefault(query["uploadId"][0], {})[int(query["partNumber"][0])] = body
        elif source := self.headers.get("x-amz-copy-source"):
            self.bucket.objects[path] = self.bucket.objects["/" + unquote(source).lstrip("/")]
        elif self.headers.get("If-None-Match") == "*" and path in self.bucket.objects:
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            return
        else:
            self.bucket.objects[path] = body
        self._answer(200, b'<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>')

    def do_POST(self) -> None:
        """A large object comes in parts, begun and put together; what goes is named in a list."""
        body = self._body()
        path = self._begin("POST")
        if path is None:
            return
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "delete" in query:
            keys = re.findall(r"<Key>(.*?)</Key>", body.decode())
            for key in keys:
                self.bucket.objects.pop(f"{path}/{key}", None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            answer = f"<DeleteResult>{deleted}</DeleteResult>"
        elif "uploads" in query:
            answer = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
        else:
            parts = self.uploads.pop(query["uploadId"][0])
            self.bucket.objects[path] = b"".join(parts[n] for n in sorted(parts))
            answer = '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'
        self._answer(200, answer.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _begin(self, method: str) -> str | None:
        path = unquote(urlsplit(self.path).path)
        self.bucket.requests.append((method, path))
        if self.bucket.away:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>", head=method == "HEAD")
            return None
        return path

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _answer(self, status: int, body: bytes, *, head: bool = False) -> None:
        self.send_response(status)
        self.send_header("ETag", '"e"')
        self.send_header("Last-Modified", "Wed, 01 Jul 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not head:
            self.wfile.write(body)
