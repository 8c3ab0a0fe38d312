"""One format for all widths of a responsive set that has the smallest of some formats. No Pillow, no AWS."""

from collections.abc import Sequence
from dataclasses import replace

from shared.messages import ResizedRendition


class SetFormats:
    """The formats that the sets of one image get.

    A source of a <picture> has one type. If widths of a set had several, a browser would know only those of the first
    type that it can show. So the file of the middle width decides for all widths.

    Args:
        renditions: all renditions of the image.
    """

    def __init__(self, renditions: Sequence[ResizedRendition]) -> None:
        widths: dict[tuple[str | None, int], list[int]] = {}
        for each in renditions:
            if each.set is not None and each.candidates:
                widths.setdefault((each.set, each.page), []).append(each.width)
        self._middle = {of: sorted(some)[len(some) // 2] for of, some in widths.items()}
        self._chosen: dict[tuple[str | None, int], str] = {}

    def decides(self, rendition: ResizedRendition) -> bool:
        """Whether the format of this rendition is that of its whole set, so that it must be encoded first."""
        return bool(rendition.candidates) and self._middle.get((rendition.set, rendition.page)) == rendition.width

    def settled(self, rendition: ResizedRendition) -> ResizedRendition:
        """The rendition with its set's format as the only candidate, once that is known."""
        form = self._chosen.get((rendition.set, rendition.page))
        if form is None or not rendition.candidates:
            return rendition
        return replace(rendition, format=form, candidates=(form,))

    def note(self, rendition: ResizedRendition, form: str) -> None:
        """Settle the format of a set, if this rendition decides it.

        Args:
            rendition: the rendition.
            form: format of its file.
        """
        if self.decides(rendition):
            self._chosen.setdefault((rendition.set, rendition.page), form)
