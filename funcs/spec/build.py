"""``spec.build``: how Nuclio, or funcs, makes the function's image."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from funcs.spec.part import EMPTY, Flag, FreeMap, Part, Text, Whole, wrong
from funcs.spec.problem import shown
from funcs.spec.reference import ImageReference


def _without_space(text: str) -> str:
    if any(character.isspace() for character in text):
        raise wrong(f"a build argument cannot hold white space: {shown(text)}")
    return text


BuildWord = Annotated[Text, AfterValidator(_without_space)]


class Directive(Part):
    """One line of the Dockerfile that Nuclio generates."""

    kind: Text = ""
    """The Dockerfile's word, e.g. `RUN`."""
    value: Text = ""
    """What follows it."""


class Directives(Part):
    """Lines before and after the function's files are copied into the image."""

    pre_copy: tuple[Directive, ...] = ()
    post_copy: tuple[Directive, ...] = ()


class Build(Part):
    """How the function's image is made."""

    path: Text = ""
    """Where the source is: a folder, a file, or the URL of an archive."""
    function_source_code: Text = ""
    """The source of a function of one file, in base64."""
    function_config_path: Text = ""
    """Another function.yaml to read, relative to the source."""
    temp_dir: Text = ""
    registry: Text = ""
    """The registry to push to."""
    base_image_registry: Text = ""
    image: ImageReference = ""
    """The name of the image that is built."""
    no_base_images_pull: Flag = False
    """Whether base images must be there already."""
    no_cache: Flag = False
    no_cleanup: Flag = False
    base_image: ImageReference = ""
    """The image to build upon; its Python must be the function's."""
    commands: tuple[Text, ...] = ()
    """Shell lines run in the image, before the files are copied or after `@nuclio.postCopy`."""
    directives: Directives = Directives()
    script_paths: tuple[Text, ...] = ()
    added_paths: dict[str, Text] = EMPTY
    dependencies: tuple[Text, ...] = ()
    onbuild_image: Text = ""
    """A template of an image name: `{{.Label}}` and `{{.Arch}}` are filled in."""
    offline: Flag = False
    runtime_attributes: FreeMap = EMPTY
    code_entry_type: Literal["", "git", "archive", "s3", "image", "sourceCode", "github"] = ""
    """Where the code comes from."""
    code_entry_attributes: FreeMap = EMPTY
    """What fetching the code needs, e.g. `branch` or `workDir`."""
    timestamp: Whole = 0
    build_timeout_seconds: Whole | None = None
    """How long the build may take; 3600 where not given, none where not above 0."""
    mode: Literal["", "neverBuild", "alwaysBuild"] = ""
    args: dict[BuildWord, BuildWord] = EMPTY
    """Docker build arguments."""
    flags: tuple[Text, ...] = ()
    builder_service_account: Text = ""
