"""Keys that S3 accepts and that XML, terminals, file systems and regular expressions mishandle."""

FOLDER = "odd\n\x01/"
_NAMES = (
    *("\x01\x02\x1f.jpg", "\x7f.jpg", "\x00.jpg", "a\nb.jpg", "a\tb.jpg", "a\rb.jpg", "c1-\x85\x9b.jpg"),
    *("\u2028\u2029.jpg", "\u202egpj.exe.jpg", "\ufeff.jpg", "\ufffe\uffff.jpg", "\N{PILE OF POO}.jpg"),
    # Unicode has two encodings of é, which are two keys in S3. A combining character may come first.
    *("\u0301.jpg", "e\u0301.jpg", "\u00e9.jpg"),
    *("image/", "image//", "//a.jpg", "./a.jpg", "b/../a.jpg", "...jpg", " a .jpg"),
    *("a+b c%20%2B%0A.jpg", "\"'<&>\\.jpg", "?x=1#f;a=b.jpg", "*[a]{b}|~^`.jpg"),
)
KEYS = (*(FOLDER + name for name in _NAMES), "/odd.jpg", "//odd.jpg")

# Keys of S3's maximum length: one whose outputs' keys are as long, and one that leaves no room for "-resized".
MAX_KEY_BYTES = 1024
MAX_KEY = FOLDER + "é" * ((MAX_KEY_BYTES - len("-resized.jpg") - len(FOLDER)) // 2) + ".jpg"
TOO_LONG = FOLDER + "x" * (MAX_KEY_BYTES - len(FOLDER) - len(".jpg")) + ".jpg"
