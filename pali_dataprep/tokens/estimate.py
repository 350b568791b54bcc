"""An upper estimate of PaliGemma token counts for people without the tokenizer.

Nothing here is copied from the vocabulary. The estimate rests on a few facts about it, each
checked against the real model by `bench/token_estimate.py`, which also measures the error:

- `<locNNNN>`, `<segNNN>`, every digit and every printable ASCII character are one piece.
- Every pair of lower-case ASCII letters is a piece, and all but one pair of capitals. Merging
  therefore never leaves two single letters side by side: n letters make at most (2n + 1) // 3
  pieces whatever they spell.
- A word that can be pronounced merges further: one piece for every two letters in short words, every
  three in long ones.
- Letters of the larger scripts are one piece each; other characters fall back to UTF-8 bytes.
- A space belongs to the ASCII letter or sign after it, but not to a digit, a `<loc>` or a foreign letter.
- The everyday English words listed below are one piece.
"""

from __future__ import annotations

import re
from functools import lru_cache

_EVERYDAY_WORDS = """
    a above across adult after against airplane airport all along also aluminium aluminum an and animal another
    answer any apple are arm around as at baby back background bad bag ball balloon banana barn baseball basket
    basketball bat bath bathroom battery be beach bear beard because bed bedroom bee been beer before behind being
    below belt bench between bicycle big bike bird birds black blue boat boats body book books boot both bottle
    bottom bowl box boy branch brand bread breakfast brick bridge bright brown brush bucket building bunch bus but
    butter butterfly by cabinet cable cake camera can candle candy cap caption car card carpet carrot cars cart
    castle cat cats ceiling cell center chain chair chairs cheese chicken child children chocolate church circle
    city clean clear clock closed cloud coat coffee coin cold color colors colour comb come computer concrete
    container cookie corner cotton couch couple cow crab crane cream crowd cup dark day deer describe desk detect
    did dining dinner dirty dish disposable do does dog dogs doll dolphin donut door down drawer dress drill drink
    drinking driver driving drone drum dry duck during each eagle ear eat eating edge egg eight elephant empty
    engine evening every eye eyes fabric face family farm feet fence few field film finger fire first fish five flag
    flat floor flower flowers flying foam food foot football for forest fork four fox friend frog from front fruit
    full game garbage garden general get gift girl glass go goat going gold golf good goose grape grass gray green
    grey group guitar guy had hair half hammer hand hands hanging has hat have he head helmet her here high hill him
    his holding home horse horses hot hotel house how hundred ice if image in insect inside into is it its jacket
    jar jeans juice jumping just key keyboard kid kind kitchen kite knee knife ladder lady lake lamp lane laptop
    large last leaf leather left leg lemon less letter letters lid light lights line lion lip litter little living
    lock logo long look looking looks low lunch lying machine made magazine make man many map market mask me meal
    meat men metal meter middle milk mirror money monitor monkey moon more morning most motorcycle mountain mouse
    mouth much my nail name near neck new newspaper next night nine no normal nose not number object objects ocean
    of off old on one onion only open or orange other our out outside oven over owl package packet page pair pan
    pants paper park parking part path peach pear pen pencil penguin people pepper person phone photo piano picture
    piece pieces pig pile pillow pink pizza plane plant plants plastic plate player playing plays pole pop pot
    potato printer purple put puzzle question rabbit radio rain rat rectangle red remote restaurant rice riding
    right ring river road robot rock rocket roof room rope round row rubber rug running salad salt same sand
    sandwich sauce saw scene school scissors scooter screen sea second see seen segment set seven several shape
    shark she sheep shelf ship shirt shoe shoes shop short show shower shown side sign signs silver single sink
    sitting six ski sky sleeping slice small snack snake snow so soccer sock sofa some soup speaker spider spoon
    sports spread square stack stairs standing star station steel stone stop store straw strawberry street style
    sugar suit summer sun swimming table tables tablet tail take talking tall taxi tea team teddy teeth telephone
    ten tennis terrain text than that the their them then there these they thing things third this those three
    through tie tiger time tin tire title to today toilet tomato too tool tools tooth top tower town toy traffic
    trailer train trash tray tree trees triangle truck tube tunnel turkey turtle tv two type under uniform up us use
    used van vase vegetable vegetables vehicle very view violin wagon walking wall was waste watch water we wearing
    wet whale what wheel when where which while white who whom whose why will window windows wine wing winter with
    wolf woman women wood wooden word words worker wrapper wrapping year yellow yes you young your zebra zero zoo
"""
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())
"""One piece after a space and at the start of a text, in lower case and capitalised."""

_WORDS_AFTER_SPACE = """
    backpack beside blanket blister bottles broccoli broom cardboard carton cigarette closet corrugated cows crisp
    cups curb curtain drier dryer eats faucet flute foil foreground fridge giraffe glasses glove handbag holds
    laying microwave necklace onto parked parrot potted racket refrigerator rides scarf sidewalk sits skateboard
    skirt skis snowboard stands stove stroller suitcase sunglasses surfboard sweater toaster toothbrush towel
    tractor trucks trumpet umbrella walks wears wheelchair
"""
_EVERYDAY_AFTER_SPACE = frozenset(_WORDS_AFTER_SPACE.split())
"""One piece in lower case after a space; at most two pieces otherwise."""

_NOT_COUNTED_AS_PLURAL = frozenset(["aluminum", "between", "broccoli", "cotton"])
"""With an s they are three pieces."""

_LISTED = _EVERYDAY | _EVERYDAY_AFTER_SPACE

_PIECE = re.compile(
    r"""(?P<special>(?:<loc(?:0[0-9]{3}|10[01][0-9]|102[0-3])>|<seg(?:0[0-9]{2}|1[01][0-9]|12[0-7])>)+)
      | (?P<space>[ ]+)
      | (?P<newlines>\n+)
      | (?P<latin>[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u1ea0-\u1ef9]+)
      | (?P<cyrillic>[\u0401\u0404\u0406\u0407\u0410-\u044f\u0451\u0454\u0456\u0457\u0490\u0491]+)
      | (?P<letters>[\u0386-\u03ce\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u0905-\u0911\u0913-\u0939\u093c-\u094d]+)
      | (?P<hangul>[\uac00-\ud7a3]+)
      | (?P<sign>[!-~])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_CASED = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ASCII_RUN = re.compile(r"[A-Za-z]+")
_VOWEL = re.compile(r"[aeiou]")
_CONSONANTS = re.compile(r"[^aeiouy]{4}")
_ONE_PIECE_OTHERS = re.compile(
    "[\u00a1-\u017f\u0e01-\u0e25\u0e27-\u0e4d\u0e50-\u0e59\u2010-\u2027\u3000-\u3011\u3041-\u3094\u30a1-\u30f6\u30fb\u30fc\uff01-\uff5e]"
)
_RARE_IDEOGRAPHS = frozenset("硷耪谰柁砿硲詑")
"""First-level characters of GB 2312 and JIS X 0208 that are no piece."""

_SPACES_IN_ONE_PIECE = 31

_WORDS_REMEMBERED = 1 << 14


def estimate_tokens(text: str) -> int:
    """Number of tokens of plain text, at least the true number for text as labels, questions and captions have it.

    Random strings of capitals, rare ideographs and code can in theory cost more; see docs/budget.md for what was tried.
    """
    first, *others = text.split(" ")
    if not all(others):  # a run of spaces is a piece
        return estimate_pieces(text)
    return _estimate_word(first) + sum([_estimate_word(f" {word}") for word in others])


def estimate_pieces(text: str) -> int:
    """The same, of the whole text at once: no piece but a space reaches from one word to the next."""
    total = 0
    after_space = False
    for match in _PIECE.finditer(text):
        kind, piece = match.lastgroup, match.group()
        if kind == "space" and len(piece) == 1 and _joins_space(text[match.end() : match.end() + 1]):
            after_space = True
            continue
        total += _piece_tokens(kind or "other", piece, after_space)
        after_space = False
    return total


_estimate_word = lru_cache(maxsize=_WORDS_REMEMBERED)(estimate_pieces)


def _joins_space(following: str) -> bool:
    return "!" <= following <= "~" and not following.isdigit() and following != "<"


def _piece_tokens(kind: str, piece: str, after_space: bool) -> int:
    n = len(piece)
    match kind:
        case "special":
            return piece.count("<")
        case "sign":
            return 1
        case "space" | "newlines":
            return -(-n // _SPACES_IN_ONE_PIECE)
        case "latin":
            return _latin_tokens(piece, after_space)
        case "cyrillic":
            return n if piece.isupper() else min(n, n // 2 + 2)
        case "letters":
            return n if piece.isupper() else min(n, n // 2 + 3)
        case "hangul":
            return 2 * n + 1
        case _:
            return _character_tokens(piece)


def _latin_tokens(letters: str, after_space: bool) -> int:
    if letters.isascii():
        words = _CASED.findall(letters)
        return _word_tokens(words[0], after_space) + sum(_word_tokens(word, False) for word in words[1:])
    n = len(letters)
    accented = sum(not letter.isascii() for letter in letters)
    capitals = sum(letter.isupper() for letter in letters)
    space = after_space and not letters[0].isascii()
    pairs = max((n + 4 - after_space) // 2, accented + sum((len(run) + 1) // 2 for run in _ASCII_RUN.findall(letters)))
    return space + (n if capitals > 1 else min(n, pairs))


def _word_tokens(word: str, after_space: bool) -> int:
    """Of an ASCII word in one case: lower, capitalised, or all capitals."""
    n = len(word)
    lower = word.lower()
    if n == 1 or (lower in _EVERYDAY and word[1:].islower()):
        return 1
    listed = min(_listed_tokens(lower, after_space and word == lower), n)
    if not word[1:].islower() or not _VOWEL.search(lower) or _CONSONANTS.search(lower):
        return min(listed, (2 * (n + after_space) + 1) // 3)
    if n == 2:
        return 1
    return min(listed, (n + 2 - after_space) // 2, (n + 7 - after_space) // 3)


def _listed_tokens(lower: str, plain: bool) -> int:
    """Bound from the word lists; `plain` is lower case after a space. The word's length where it is not listed."""
    if lower in _EVERYDAY_AFTER_SPACE:
        return 1 if plain else 2
    stem = lower.removesuffix("s")
    if plain and stem not in _NOT_COUNTED_AS_PLURAL and stem in _LISTED:
        return 2
    return len(lower)


def _character_tokens(character: str) -> int:
    if "\u4e00" <= character <= "\u9fff":
        return 1 if _is_common_ideograph(character) else 3
    return 1 if _ONE_PIECE_OTHERS.match(character) else len(character.encode("utf-8", "replace"))


def _is_common_ideograph(character: str) -> bool:
    """First level of GB 2312 (3,755 characters) or of JIS X 0208 (2,965)."""
    simplified = character.encode("gb2312", "ignore")
    japanese = character.encode("euc_jp", "ignore")
    common = b"\xb0" <= simplified[:1] <= b"\xd7" or (len(japanese) == 2 and b"\xb0" <= japanese[:1] <= b"\xcf")
    return common and character not in _RARE_IDEOGRAPHS
