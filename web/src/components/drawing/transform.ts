/** How a picture is laid on a surface: surface = picture × scale + offset. */

export interface Transform {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  x: number;
  y: number;
}

export const MAX_SCALE = 40;

/** Zoom by a factor so that the picture's point under (x, y) of the surface stays there. */
export function zoomAt(
  view: Transform,
  factor: number,
  x: number,
  y: number,
  minScale: number,
  maxScale = MAX_SCALE,
): Transform {
  const scale = Math.min(maxScale, Math.max(minScale, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** The whole picture, centred, with a margin all round. */
export function fit(picture: Size, surface: Size, margin = 0): Transform {
  const width = Math.max(1, surface.width - 2 * margin);
  const height = Math.max(1, surface.height - 2 * margin);
  const scale = Math.min(width / picture.width, height / picture.height, MAX_SCALE);
  return centre(picture, surface, scale);
}

/** The picture at a given scale with its middle in the surface's middle. */
export function centre(picture: Size, surface: Size, scale: number): Transform {
  return {
    scale,
    x: (surface.width - picture.width * scale) / 2,
    y: (surface.height - picture.height * scale) / 2,
  };
}

/** Keep at least a part of the picture on the surface while it is dragged. */
export function keepInSight(view: Transform, picture: Size, surface: Size, visible = 64): Transform {
  const limit = (offset: number, length: number, room: number): number =>
    Math.min(room - Math.min(visible, length), Math.max(Math.min(visible, length) - length, offset));
  return {
    scale: view.scale,
    x: limit(view.x, picture.width * view.scale, surface.width),
    y: limit(view.y, picture.height * view.scale, surface.height),
  };
}

/** Largest share of a picture that may fall outside a card that it fills. */
const MAX_CUT = 0.35;
/** Share of a card that a small object is to take. */
const FOCUS_SHARE = 0.55;

/**
 * Lay a picture on a card.
 *
 * The card is filled unless too much of the picture (or any of the object) would be cut off; a small object is
 * brought nearer, up to `maxZoom` times, and towards the middle.
 *
 * @param source The part of the image that the picture shows, in the image's pixels.
 * @param object The box to look at, in the image's pixels; null for the whole picture.
 * @returns From the image's pixels to the card's.
 */
export function frame(source: Rect, object: Rect | null, card: Size, maxZoom: number): Transform {
  const cover = Math.max(card.width / source.width, card.height / source.height);
  const contain = Math.min(card.width / source.width, card.height / source.height);
  if (object === null) {
    const scale = contain / cover >= 1 - MAX_CUT ? cover : contain;
    return place(source, null, card, scale);
  }
  const whole = 0.92 * Math.min(card.width / object.width, card.height / object.height);
  const wished = FOCUS_SHARE * Math.min(card.width / object.width, card.height / object.height);
  const near = Math.min(Math.max(wished, cover), cover * maxZoom);
  return place(source, object, card, whole < cover ? Math.max(contain, Math.min(whole, cover)) : near);
}

function place(source: Rect, object: Rect | null, card: Size, scale: number): Transform {
  const along = (start: number, length: number, room: number, middle: number): number => {
    const drawn = length * scale;
    if (drawn <= room) return (room - drawn) / 2 - start * scale;
    const wished = room / 2 - middle * scale;
    const first = -start * scale;
    return Math.min(first, Math.max(first - (drawn - room), wished));
  };
  const look = object ?? source;
  return {
    scale,
    x: along(source.x, source.width, card.width, look.x + look.width / 2),
    y: along(source.y, source.height, card.height, look.y + look.height / 2),
  };
}
