/** Part of its largest value below which a curve has ended. */
const ENDED = 0.002;
/** So much further is shown, as a part of what holds dose: that the curve stays at zero is to be seen. */
const BEYOND = 0.15;

/**
 * How many points of curves along the beam are shown: up to a little behind where all of them have ended. A water phantom
 * reaches much further than the beam, whose fall would be squeezed into a corner.
 */
export function shownPoints(...curves: readonly (readonly number[])[]): number {
  const ends = curves.map((curve) => {
    const most = Math.max(0, ...curve);
    return most === 0 ? curve.length : curve.findLastIndex((value) => value > ENDED * most) + 1;
  });
  const end = Math.max(0, ...ends);
  return Math.min(Math.max(0, ...curves.map(({ length }) => length)), Math.ceil(end * (1 + BEYOND)) + 1);
}
