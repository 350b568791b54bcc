"""Small sets of questions, each written from the published description of its layout.

None is taken from the set itself; the sources that describe the layouts are named with each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builders import write_json

Json = dict[str, Any]

VQA_INFO: Json = {"task_type": "Open-Ended", "data_type": "mscoco", "data_subtype": "train2014"}


def vqav2(folder: Path, *answers: Json) -> tuple[Path, Path]:
    """The official full form (https://visualqa.org/download.html): question file and annotation file.

    Two questions on image 9, one on image 25.
    """
    asked = [(9, 9000, "What is this?"), (9, 9001, "How many?"), (25, 25000, "Is it day?")]
    questions = [{"image_id": i, "question": q, "question_id": n} for i, n, q in asked]
    usual = [
        vqa_answer(9000, 9, ("cat", "yes"), ("cat", "maybe"), ("dog", "yes")),
        vqa_answer(9001, 9, ("2", "yes"), ("3", "maybe"), ("3", "no")),
        vqa_answer(25000, 25, ("yes", "yes")),
    ]
    return (
        write_json(folder / "questions.json", {**VQA_INFO, "questions": questions}),
        write_json(folder / "annotations.json", {**VQA_INFO, "annotations": list(answers) or usual}),
    )


def vqa_answer(question: int, image: int, *answers: tuple[str, str], **fields: Any) -> Json:
    """An annotation with all of VQAv2's fields."""
    listed = [
        {"answer": text, "answer_confidence": sure, "answer_id": n} for n, (text, sure) in enumerate(answers, start=1)
    ]
    named = {"question_type": "what", "answer_type": "other", "multiple_choice_answer": answers[0][0]}
    return {"question_id": question, "image_id": image, "answers": listed, **named, **fields}


TEXTVQA: Json = {  # https://textvqa.org/dataset
    "dataset_type": "train",
    "dataset_name": "textvqa",
    "dataset_version": "0.5.1",
    "data": [
        {
            "question": "what is the brand?",
            "image_id": "0054c91397f2fe05",
            "image_classes": ["Camera"],
            "image_width": 1024,
            "image_height": 730,
            "answers": ["dakota"] * 6 + ["dakota digital"] * 3 + ["clos culombu"],
            "question_id": 0,
            "set_name": "train",
        }
    ],
}

DOCVQA: Json = {  # https://rrc.cvc.uab.es/?ch=17&com=tasks
    "dataset_name": "SP-DocVQA",
    "dataset_split": "val",
    "data": [
        {
            "questionId": 49153,
            "question": "What is the 'actual' value?",
            "question_types": ["figure/diagram"],
            "image": "documents/pybv0228_81.png",
            "docId": 14465,
            "answers": ["0.28", "0,28"],
            "data_split": "val",
        }
    ],
}

GQA: Json = {  # https://cs.stanford.edu/people/dorarad/gqa/download.html
    "02930152": {
        "question": "Is the sky dark?",
        "imageId": "2354786",
        "answer": "yes",
        "fullAnswer": "Yes, the sky is dark.",
        "isBalanced": True,
    },
    "07333408": {"question": "What is on the wall?", "imageId": "2375429", "answer": "pipe", "fullAnswer": "A pipe."},
}

VISUAL_GENOME: list[Json] = [  # https://homes.cs.washington.edu/~ranjay/visualgenome/api_readme.html
    {
        "id": 7,
        "qas": [
            {"qa_id": 70, "image_id": 7, "question": "What color is the clock?", "answer": "Green."},
            {"qa_id": 71, "image_id": 7, "question": "Where is it?", "answer": "On the street."},
        ],
    },
    {"id": 8, "qas": []},
]

SCIENCEQA: Json = {  # https://github.com/lupantech/ScienceQA, data/scienceqa/problems.json
    "1": {
        "question": "Which is farthest north?",
        "choices": ["West Virginia", "Louisiana"],
        "answer": 0,
        "hint": "Look at\nthe map.",
        "image": "image.png",
        "split": "train",
    },
    "2": {"question": "Text only?", "choices": ["yes", "no"], "answer": 1, "hint": "", "image": None, "split": "train"},
}

AI2D: Json = {  # https://prior.allenai.org/projects/diagram-understanding, ai2d/questions/0.png.json
    "imageName": "0.png",
    "questions": {
        "What does C show?": {
            "abcLabel": True,
            "answerTexts": ["moon", "sun", "1", "3"],
            "correctAnswer": 1,
            "questionId": "0.png-0",
        }
    },
}

CLEVR: Json = {  # https://cs.stanford.edu/people/jcjohns/clevr/
    "info": {"split": "train", "license": "CC BY 4.0", "version": "1.0", "date": "2/14/2017"},
    "questions": [
        {
            "question_index": 0,
            "question": "Are there more big green things?",
            "answer": "yes",
            "image_filename": "CLEVR_train_000000.png",
            "image_index": 0,
            "split": "train",
            "program": [],
        }
    ],
}

LLAVA: list[Json] = [  # https://github.com/haotian-liu/LLaVA/blob/main/docs/Finetune_Custom_Data.md
    {
        "id": "000000033471",
        "image": "coco/train2017/000000033471.jpg",
        "conversations": [
            {"from": "human", "value": "<image>\nWhat are the colors of the bus?"},
            {"from": "gpt", "value": "White and\nred."},
            {"from": "human", "value": "Which feature stands out?"},
            {"from": "gpt", "value": "The back."},
        ],
    },
    {
        "id": "text",
        "conversations": [{"from": "human", "value": "What is 2 + 2?"}, {"from": "gpt", "value": "4"}],
    },
]

VIZWIZ: list[Json] = [  # https://vizwiz.org/tasks-and-datasets/vqa/
    {
        "image": "VizWiz_train_00000000.jpg",
        "question": "What is it?",
        "answers": [
            {"answer": "basil", "answer_confidence": "yes"},
            {"answer": "basil leaf", "answer_confidence": "no"},
        ],
        "answer_type": "other",
        "answerable": 1,
    }
]
