import { useEffect, useRef, useState } from 'preact/hooks';

interface Measured<E extends HTMLElement> {
  readonly ref: { current: E | null };
  /** CSS pixels; 0 before it is laid out. */
  readonly width: number;
}

/** The width of an element as the page is laid out, kept up to date. */
export function useWidth<E extends HTMLElement>(): Measured<E> {
  const ref = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      setWidth(Math.floor(element.clientWidth));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  return { ref, width };
}
