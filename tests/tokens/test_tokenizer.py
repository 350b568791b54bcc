from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import SHARED, needs_shared
from tokenizer_builders import SPECIALS, paligemma_model, train_sentencepiece, write_tokenizer_json

from pali_dataprep.errors import InputError
from pali_dataprep.tokens import tokenizer as module
from pali_dataprep.tokens.estimate import estimate_pieces, estimate_tokens
from pali_dataprep.tokens.tokenizer import ENVIRONMENT_VARIABLE, Estimate, TokenCounter, VocabularyCounter, open_counter


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_sentencepiece(tmp_path_factory.mktemp("tokenizer") / "tiny.model")


@pytest.fixture(scope="session")
def model(tiny_model: Path) -> Path:
    return paligemma_model() or tiny_model


@pytest.fixture(scope="session")
def counter(model: Path) -> TokenCounter:
    return open_counter(model)


@pytest.fixture
def no_tokenizer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without any tokenizer; gives the folder of the Hugging Face cache."""
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "own")
    return tmp_path / "hub"


def snapshot(hub: Path, name: str = "paligemma-3b-pt-224") -> Path:
    folder = hub / f"models--google--{name}" / "snapshots" / "0123abcd"
    folder.mkdir(parents=True)
    return folder


BITS = st.sampled_from(
    [
        *[" ", "  ", ";", " ; ", "\n", "\n\n", "cat", "traffic light", "<", ">", "<loc", "loc0001>", "<loc0001>"],
        *["<loc1023>", "<loc1024>", "<seg012>", "<seg128>", "7", "é", "火", "\t", "<b>", "▁", "😀", "\u3000", "<eos>"],
        *["٣", "\ud800"],
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(BITS | st.text(max_size=4), max_size=20))
def test_counting_by_segments_equals_encoding_the_whole_text(counter: VocabularyCounter, bits: list[str]) -> None:
    text = "".join(bits)
    assert counter.count(text) == counter._length(text.encode("utf-8", "replace").decode())


def test_segments_are_used_and_remembered(counter: VocabularyCounter) -> None:
    assert counter.splits
    counter.count("<loc0001> cat ; <loc0002> cat")
    assert " cat ; " in counter._memo


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("<loc0000>", 1), ("<seg127><loc1023>", 2), ("\n", 1)])
def test_specials_and_newline_are_one_token(counter: TokenCounter, text: str, tokens: int) -> None:
    assert counter.count(text) == tokens


def test_an_exact_counter_says_what_it_is(model: Path, counter: TokenCounter) -> None:
    assert counter.exact
    assert model.name in counter.name
    assert counter.sha256 == hashlib.sha256(model.read_bytes()).hexdigest()


@needs_shared
def test_counts_of_real_strings_equal_sentencepiece() -> None:
    import sentencepiece

    path = paligemma_model()
    assert path is not None
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    counter = open_counter(path)
    rows = [json.loads(s) for s in (SHARED / "data/paligemma_strings/strings.jsonl").read_text("utf-8").splitlines()]
    texts = [row[key] for row in rows for key in ("prompt", "text") if row.get(key)]
    assert len(texts) > 70
    assert [counter.count(text) for text in texts] == [len(processor.encode(text)) for text in texts]


def test_a_model_that_strips_white_space_is_asked_for_whole_texts(tmp_path: Path) -> None:
    counter = open_counter(train_sentencepiece(tmp_path / "tidy.model", tidy=True))
    assert isinstance(counter, VocabularyCounter)
    assert not counter.splits
    text = "<loc0001> cat ; <loc0002> dog"
    assert counter.count(text) == counter._length(text)


def test_gemma_like_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = train_sentencepiece(tmp_path / "gemma.model", specials=[])
    with pytest.raises(
        InputError, match=r"1,152 of the 1,152 loc and seg tokens are missing.*splits <loc0000>"
    ) as error:
        open_counter(path)
    assert "another model's tokenizer" in error.value.hint


@pytest.mark.parametrize("name", ["broken.model", "broken.json"])
def test_damaged_files_are_refused(tmp_path: Path, name: str) -> None:
    if name.endswith("json"):
        pytest.importorskip("tokenizers")
    (tmp_path / name).write_bytes(b"not a tokenizer")
    with pytest.raises(InputError, match="not a readable"):
        open_counter(tmp_path / name)


def test_missing_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"none\.model: no such tokenizer file"):
        open_counter(tmp_path / "none.model")
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "gone.model"))
    with pytest.raises(InputError, match=r"PALI_DATAPREP_TOKENIZER names .*gone\.model"):
        open_counter()


def test_hugging_face_tokenizer(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    counter = open_counter(write_tokenizer_json(tmp_path / "tokenizer.json"))
    assert counter.count("detect cat") == len("detect cat")
    assert counter.count("<loc0001><loc1023><seg127> cat") == 3 + len(" cat")
    with pytest.raises(InputError, match="1 of the 1,152"):
        open_counter(write_tokenizer_json(tmp_path / "short.json", specials=SPECIALS[:-1]))


def test_tokenizer_json_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="needs the package `tokenizers`"):
        open_counter(tmp_path / "tokenizer.json")


def test_order_of_places(no_tokenizer: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_counter(), Estimate)

    own = module.cache_folder()
    own.mkdir()
    (own / module.OFFICIAL_FILE).write_bytes(tiny_model.read_bytes())
    assert open_counter().name.endswith(module.OFFICIAL_FILE)

    cached = snapshot(no_tokenizer)
    (cached / "tokenizer.model").write_bytes(tiny_model.read_bytes())
    assert open_counter().name.endswith("tokenizer.model")

    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tiny_model))
    assert open_counter().name.endswith("tiny.model")
    assert open_counter(cached).name.endswith("tokenizer.model")


def test_unsuitable_files_in_caches_are_passed_over(no_tokenizer: Path, tiny_model: Path) -> None:
    (snapshot(no_tokenizer, "paligemma-3b-pt-224") / "tokenizer.model").write_bytes(b"cut off")
    assert isinstance(open_counter(), Estimate)
    (snapshot(no_tokenizer, "paligemma2-3b-pt-224") / "tokenizer.model").write_bytes(tiny_model.read_bytes())
    assert open_counter().exact


@pytest.mark.parametrize("variables", [{"HF_HOME": "{0}/home"}, {"XDG_CACHE_HOME": "{0}/cache"}])
def test_hugging_face_cache_is_where_the_environment_says(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", ENVIRONMENT_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    hub = tmp_path / ("home/hub" if "HF_HOME" in variables else "cache/huggingface/hub")
    (snapshot(hub) / "tokenizer.model").write_bytes(tiny_model.read_bytes())
    assert open_counter().exact


def test_nothing_is_fetched_unless_asked(no_tokenizer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch

    def refuse(*args: object, **kwargs: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr(pooch, "retrieve", refuse)
    assert not open_counter().exact
    with pytest.raises(InputError, match="could not be fetched"):
        open_counter(download=True)


def test_download_is_checked_against_the_published_checksum(
    no_tokenizer: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pooch

    asked: dict[str, object] = {}

    def retrieve(url: str, **options: object) -> str:
        asked.update(options, url=url)
        return str(tiny_model)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    assert open_counter(download=True).exact
    assert asked["known_hash"] == "sha256:8986bb4f423f07f8c7f70d0dbe3526fb2316056c17bae71b1ea975e77a168fc6"
    assert asked["url"] == "https://storage.googleapis.com/big_vision/paligemma_tokenizer.model"


ESTIMATES = [
    ("", 0),
    ("detect cat", 2),
    ("<loc0000><loc1023><seg127>", 3),
    ("<loc0001> cat ; <loc0002>", 5),
    (" traffic light", 2),
    ("10", 2),
    (" 10", 3),
    ("a  b", 3),
    ("\n\n", 1),
    ("\t", 1),
    ("火", 1),
    ("\ud800", 1),
]


@pytest.mark.parametrize(("text", "tokens"), ESTIMATES)
def test_estimate(text: str, tokens: int) -> None:
    assert Estimate().count(text) == tokens


@settings(max_examples=500, deadline=None)
@given(st.lists(BITS | st.text(max_size=4), max_size=20))
def test_estimating_by_classes_equals_estimating_the_whole_text(bits: list[str]) -> None:
    text = "".join(bits)
    assert Estimate().count(text) == estimate_tokens(text)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        BITS | st.text(max_size=4) | st.sampled_from([" ", "  ", "what ", " is", "?", "7", "\n", "é"]), max_size=20
    )
)
def test_estimating_word_by_word_equals_estimating_the_whole_text(bits: list[str]) -> None:
    text = "".join(bits)
    assert estimate_tokens(text) == estimate_pieces(text)


def test_an_estimate_says_so() -> None:
    assert not Estimate.exact
    assert "estimate" in Estimate.name
    assert Estimate.sha256 is None


@needs_shared
def test_estimate_is_never_below_the_truth_on_real_texts() -> None:
    path = paligemma_model()
    assert path is not None
    truth, estimate = open_counter(path), Estimate()
    low = [text for text in shared_texts() if estimate.count(text) < truth.count(text)]
    assert low == []


@needs_shared
def test_estimate_is_exact_on_most_coco_names() -> None:
    path = paligemma_model()
    assert path is not None
    truth, estimate = open_counter(path), Estimate()
    content = json.loads((SHARED / "data/coco_mini_permissive/annotations/instances_val2017.json").read_text("utf-8"))
    names = [f" {category['name']}" for category in content["categories"]]
    assert len(names) == 80
    assert sum(estimate.count(name) == truth.count(name) for name in names) >= 76


def shared_texts() -> list[str]:
    data = SHARED / "data"
    texts: list[str] = []
    for path in data.glob("coco_mini_permissive/annotations/captions_*.json"):
        texts += [a["caption"] for a in json.loads(path.read_text("utf-8"))["annotations"]]
    for path in [*data.glob("taco/data/*.json"), *data.glob("coco_mini_permissive/annotations/instances_*.json")]:
        for category in json.loads(path.read_text("utf-8"))["categories"]:
            texts += [form for key in ("name", "supercategory") for form in (category[key], f" {category[key]}")]
    for question, answer, _ in json.loads((data / "easy_vqa/data/test/questions.json").read_text("utf-8")):
        texts += [question, answer]
    return sorted(set(texts))
