import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { CanvasPicture } from '../../plots/canvas-picture.js';
import { texts } from '../../texts.js';
import { css, DOSE_COLOURS } from './colour-map.js';
import { gy } from './dose-words.js';
import { ISODOSES } from './draw-plane.js';

const words = texts.dose;

/** The colours of the planes with what they mean, and the values of the lines. */
export function ColourScale({ maximumGy }: { readonly maximumGy: number }): JSX.Element {
  const draw = useCallback((context: CanvasRenderingContext2D) => {
    const { width, height } = context.canvas;
    const step = width / DOSE_COLOURS.length;
    DOSE_COLOURS.forEach((colour, i) => {
      context.fillStyle = css(colour);
      context.fillRect(i * step, 0, step + 1, height);
    });
  }, []);
  return (
    <figure class="colour-scale">
      <figcaption>{words.scale}</figcaption>
      <CanvasPicture shape={0.07} draw={draw} label={words.scaleLabel(gy(maximumGy))} />
      <p class="scale-ends">
        <span>0</span>
        <span>{gy(maximumGy / 2)}</span>
        <span>{gy(maximumGy)} Gy</span>
      </p>
      <table class="isodoses">
        <caption>{words.lines}</caption>
        <tbody>
          {ISODOSES.map(({ share, colour }) => (
            <tr key={share}>
              <td>
                <svg width="18" height="8" aria-hidden="true">
                  <rect width="18" height="8" fill="#10161c" />
                  <line x1="1" x2="17" y1="4" y2="4" stroke={colour} stroke-width="2.4" />
                </svg>
              </td>
              <th scope="row" class="figure">
                {Math.round(share * 100)} %
              </th>
              <td class="figure">{gy(share * maximumGy)} Gy</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
