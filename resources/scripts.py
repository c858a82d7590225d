"""Classes of characters that the tokenizer tells apart: scripts without spaces, their marks, emoji, what is invisible.

Each constant is the inside of a character class of a regular expression.
"""

import unicodedata
from functools import cache

UNSPACED_CJK = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c"  # iteration marks and numerals
    "\u3041-\u3096\u309b-\u309f\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # hiragana, katakana
    "\u3105-\u312f\u31a0-\u31bf"  # bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
"""Letters of Chinese and Japanese, which are written without spaces between words."""
UNSPACED_OTHER = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aad"  # Khmer, Tai Le, New Tai Lue, Tai Tham
)
"""Blocks of the South-East Asian scripts that have no spaces between words."""
CJK_MARKS = (
    "\u3001-\u3004\u3008-\u3020\u3030\u3036\u3037\u303d-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
"""Full-width punctuation, which has its own space within the character."""
JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners: Persian and the Indic scripts write them inside words, and emoji are joined by them."""
INVISIBLE = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\U000e0100-\U000e01ef"
)
"""Characters without a glyph that change no word: zero-width spaces, soft hyphens, marks of direction, variants."""
VARIANTS = "\ufe00-\ufe0f"
"""Selectors of how the character before them is drawn, as text or as emoji."""
FLAGS, TONES, TAGS = "\U0001f1e6-\U0001f1ff", "\U0001f3fb-\U0001f3ff", "\U000e0020-\U000e007f"
"""Letters of flags, of which two make one; tones of skin; letters of the flags of regions."""
PICTURES = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
)
"""Emoji, and signs that become one by a selector."""
BLANKS = " \t\u00a0\u3000"
"""White space that indents a line."""


@cache
def combining_marks() -> str:
    r"""Return the characters of Unicode category M, which ``\w`` lacks: without them vowel signs would split words.

    The rare ones beyond the Basic Multilingual Plane are left out, since they would make matching ten times slower.
    """
    codes = (code for code in range(0x300, 0xFE00) if unicodedata.category(chr(code))[0] == "M" and code != 0x34F)
    return "".join(map(chr, codes)) + "".join(map(chr, range(0xFE20, 0xFE30)))
