/*
 * Colours of dose: from dark blue over red to light yellow. Made in OKLab (B. Ottosson, 2020), whose lightness is as people see it:
 * it rises evenly from end to end, so equal steps of dose look like equal steps, also in print and to those who do not tell colours
 * apart. Hue turns evenly; chroma is as strong as sRGB can show at each lightness, up to a limit.
 */

const STEPS = 256;
const LIGHTNESS = [0.22, 0.94] as const;
const HUE_DEG = [275, 460] as const;
const CHROMA = 0.15;
/** What of a colour may lie beyond sRGB by rounding. */
const ROUNDING = 1e-4;

export type Rgb = readonly [red: number, green: number, blue: number];

/** 256 colours, least first, each 0-255. */
export const DOSE_COLOURS: readonly Rgb[] = Array.from({ length: STEPS }, (_, i) => colourAt(i / (STEPS - 1)));

/** @param share 0-1 of the scale; beyond it the colour of the end */
export function doseColour(share: number): Rgb {
  const index = Math.round(Math.min(Math.max(share, 0), 1) * (STEPS - 1));
  return DOSE_COLOURS[index] ?? [0, 0, 0];
}

export const css = ([red, green, blue]: Rgb): string => `rgb(${String(red)} ${String(green)} ${String(blue)})`;

function colourAt(share: number): Rgb {
  const between = ([from, to]: readonly [number, number]): number => from + share * (to - from);
  const lightness = between(LIGHTNESS);
  const hue = (between(HUE_DEG) * Math.PI) / 180;
  let [least, most] = [0, CHROMA];
  if (isShown(linear(lightness, most, hue))) least = most;
  for (let i = 0; i < 20 && least < most; i++) {
    const middle = (least + most) / 2;
    if (isShown(linear(lightness, middle, hue))) least = middle;
    else most = middle;
  }
  const [red, green, blue] = linear(lightness, least, hue).map(encoded);
  return [red ?? 0, green ?? 0, blue ?? 0];
}

/** Linear sRGB of a colour given by OKLab lightness, chroma and hue. */
function linear(lightness: number, chroma: number, hue: number): Rgb {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function isShown(rgb: Rgb): boolean {
  return rgb.every((value) => value >= -ROUNDING && value <= 1 + ROUNDING);
}

/** The transfer curve of sRGB, as a byte. */
function encoded(value: number): number {
  const clipped = Math.min(Math.max(value, 0), 1);
  const curved = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(255 * curved);
}
