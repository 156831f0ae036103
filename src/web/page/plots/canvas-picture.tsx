import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { coloursVersion } from './colours.js';
import { useWidth } from './size-of.js';

interface Props {
  /** Height over width. */
  readonly shape: number;
  /** Draws on a canvas of `ratio` device pixels for each CSS pixel; called again whenever it is another function. */
  readonly draw: (context: CanvasRenderingContext2D, ratio: number) => void;
  readonly label: string;
  /** Where the pointer is, as shares of width and height; null when it leaves. A finger does not: it was lifted, to read. */
  readonly onPoint?: (at: readonly [number, number] | null) => void;
  readonly onKey?: (event: KeyboardEvent) => void;
}

/** A picture drawn by hand, sharp at every resolution. With `onKey` it can be reached by keyboard. */
export function CanvasPicture({ shape, draw, label, onPoint, onKey }: Props): JSX.Element {
  const { ref, width } = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const version = coloursVersion.value;
  useEffect(() => {
    const context = canvas.current?.getContext('2d') ?? null;
    if (context === null || width === 0) return;
    const ratio = devicePixelRatio;
    context.canvas.width = Math.round(width * ratio);
    context.canvas.height = Math.round(width * shape * ratio);
    draw(context, ratio);
  }, [draw, width, shape, version]);
  const pointed = (event: PointerEvent): void => {
    const box = canvas.current?.getBoundingClientRect();
    if (box !== undefined) onPoint?.([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  };
  return (
    <div class="canvas-picture" ref={ref}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        {...(onKey === undefined ? {} : { tabIndex: 0, onKeyDown: onKey })}
        onPointerMove={pointed}
        onPointerDown={pointed}
        onPointerLeave={({ pointerType }) => {
          if (pointerType !== 'touch') onPoint?.(null);
        }}
      />
    </div>
  );
}
