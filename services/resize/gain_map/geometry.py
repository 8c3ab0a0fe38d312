"""Which part of a gain map belongs to a rendition, and how large it becomes. Arithmetic only: no Pillow, no AWS."""

from services.resize.scaling import ResizePlan, Size


def plan_of(plan: ResizePlan, source: Size, gain_map: Size) -> ResizePlan:
    """The rendition's plan in pixels of the gain map, which keeps its resolution relative to the picture.

    It is never enlarged, and never larger than the rendition.

    Args:
        plan: plan of the rendition, in pixels of the source.
        source: (width, height) of the source as people see it, in pixels.
        gain_map: (width, height) of its gain map, likewise.
    """
    across, down = gain_map[0] / source[0], gain_map[1] / source[1]
    left, top, right, bottom = plan.crop
    crop = (left * across, top * down, right * across, bottom * down)
    scale_x = min(1.0, across, (crop[2] - crop[0]) / plan.size[0])
    scale_y = min(1.0, down, (crop[3] - crop[1]) / plan.size[1])
    size = max(1, round(plan.size[0] * scale_x)), max(1, round(plan.size[1] * scale_y))
    if plan.canvas == plan.size:
        return ResizePlan(crop=crop, size=size, canvas=size)
    canvas = max(size[0], round(plan.canvas[0] * scale_x)), max(size[1], round(plan.canvas[1] * scale_y))
    at = min(round(plan.at[0] * scale_x), canvas[0] - size[0]), min(round(plan.at[1] * scale_y), canvas[1] - size[1])
    return ResizePlan(crop=crop, size=size, canvas=canvas, at=at)
