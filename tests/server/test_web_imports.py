from server.web_imports import imports, with_module_list

SOURCES = {
    "/web/a/main.js": b"""import { x } from "./x.js";
import {
  y,
  z,
} from "../common/y.js";
import "./side.js";
const words = await import("../texts/en.js");
// import { not } from "./not.js";
""",
    "/web/a/x.js": b'export { deep } from "./deep/deep.js";\n',
    "/web/a/deep/deep.js": b'import { x } from "../x.js";\n',
    "/web/common/y.js": b'const a = "./no.js";\nexport const y = 1;\n',
    "/web/a/side.js": b"",
}


def test_a_module_needs_what_it_imports_and_what_that_imports() -> None:
    assert imports("/web/a/main.js", SOURCES) == {
        "/web/a/x.js",
        "/web/a/deep/deep.js",
        "/web/common/y.js",
        "/web/a/side.js",
    }


def test_a_page_begins_with_the_list_of_its_modules() -> None:
    page = b'<head><script type="module" src="/web/a/x.js"></script></head><body></body>'
    assert with_module_list(page, SOURCES) == (
        b'<head><script type="module" src="/web/a/x.js"></script>'
        b'<link rel="modulepreload" href="/web/a/deep/deep.js">\n'
        b'<link rel="modulepreload" href="/web/a/x.js">\n</head><body></body>'
    )
    assert with_module_list(b"<p>No script.</p>", SOURCES) == b"<p>No script.</p>"
