import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { DosePicture } from '../../../../ports/case-pictures.js';
import { pageColour } from '../../plots/colours.js';
import { axis, line, Plot, rightAxis } from '../../plots/plot.js';
import { texts } from '../../texts.js';
import { gy, mm } from './dose-words.js';
import { shownPoints } from './shown-depth.js';

const words = texts.dose;

/** Dose along the beam, with the place marked where it falls to 80 %. */
export function DepthPlot({ picture }: { readonly picture: DosePicture }): JSX.Element {
  const { depth } = picture;
  const data = useMemo((): uPlot.AlignedData => {
    const count = shownPoints(depth.axisGy, depth.integralGyCm2);
    const places = Array.from({ length: count }, (_, i) => depth.startMm + i * depth.stepMm);
    return [places, depth.axisGy.slice(0, count), depth.integralGyCm2.slice(0, count)];
  }, [depth]);
  const options = useMemo(() => optionsFor(picture), [picture]);
  const marked = depth.axisR80Mm ?? depth.integralR80Mm;
  return (
    <figure>
      <figcaption>{words.depthTitle}</figcaption>
      <Plot
        data={data}
        options={options}
        height={260}
        label={words.depthLabel(
          gy(Math.max(0, ...depth.axisGy)),
          marked === null ? words.notReached : words.behind(mm(marked)),
        )}
      />
    </figure>
  );
}

function optionsFor({ depth }: DosePicture): Omit<uPlot.Options, 'width' | 'height'> {
  const value = (_plot: uPlot, raw: number | null): string => (raw === null ? '' : gy(raw));
  return {
    scales: { x: { time: false }, gy: { range: fromZero }, integral: { range: fromZero } },
    axes: [
      axis(words.behindAxis, { size: 34 }),
      axis('Gy', { scale: 'gy' }),
      rightAxis('Gy cm²', { scale: 'integral', grid: { show: false } }),
    ],
    series: [
      { label: words.behindAxis, value: (_plot, raw: number | null) => (raw === null ? '' : mm(raw)) },
      line(words.axisCurve, 'accent', { scale: 'gy', value }),
      line(words.integralCurve, 'warn', { scale: 'integral', value, dash: [5, 4] }),
    ],
    cursor: { y: false, drag: { x: true, y: false } },
    hooks: {
      draw: [
        (plot): void => {
          if (depth.axisR80Mm !== null) markAt(plot, depth.axisR80Mm, `R80 ${mm(depth.axisR80Mm)}`);
          else if (depth.integralR80Mm !== null) markAt(plot, depth.integralR80Mm, `R80 ${mm(depth.integralR80Mm)}`);
        },
      ],
    },
  };
}

const fromZero = (_plot: uPlot, _least: number, most: number): uPlot.Range.MinMax => [0, most > 0 ? most * 1.08 : 1];

/** An upright line through the plot, with words at its top. */
function markAt(plot: uPlot, atMm: number, label: string): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(atMm, 'x', true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = pageColour('bad');
  ctx.fillStyle = pageColour('bad');
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = `${String(11 * ratio)}px system-ui, sans-serif`;
  ctx.textBaseline = 'top';
  const right = x + ctx.measureText(label).width + 10 * ratio < bbox.left + bbox.width;
  ctx.textAlign = right ? 'left' : 'right';
  ctx.fillText(label, x + (right ? 5 : -5) * ratio, bbox.top + 3 * ratio);
  ctx.restore();
}
