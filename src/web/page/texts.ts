import { EN } from './texts/en.js';

/** All words of the page. A further language is one more object of this shape, chosen here. */
export type Texts = Worded<typeof EN>;

/** The shape of the words without the words themselves. */
type Worded<T> = T extends string
  ? string
  : T extends (...given: infer G) => string
    ? (...given: G) => string
    : { readonly [K in keyof T]: Worded<T[K]> };

export const texts: Texts = EN;
