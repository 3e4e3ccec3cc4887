"""Trains the classifier on scikit-learn's own images, and saves it where main.py looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

import funcs

FILE = "models/digits/digits.skops"


def split() -> tuple[Any, Any, Any, Any]:
    """Images to train on, images held out, and the digits of both; always the same."""
    images, digits = load_digits(return_X_y=True)
    parts = train_test_split(
        images.astype("float32"), digits, test_size=450, random_state=7, stratify=digits
    )
    return tuple(parts)


def main() -> None:
    """Train, measure on the images held out, save."""
    train_images, test_images, train_digits, test_digits = split()
    classifier = SVC(gamma=0.001, C=10.0).fit(train_images, train_digits)
    accuracy = classifier.score(test_images, test_digits)
    funcs.save_model(classifier, Path(__file__).parent / FILE, sample=train_images[:1])
    print(f"saved {FILE}, accuracy {accuracy:.3f} on {len(test_images)} images held out")


if __name__ == "__main__":
    main()
