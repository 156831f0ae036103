import { z } from 'zod';

/** The part of JSON Schema that the words are made of. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: string | number | boolean;
  readonly anyOf?: readonly Shape[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** What a value of this type may be, in words that follow "must be": its `rule` note, else made from the type. */
export function ruleOf(type: z.ZodType): string {
  const noted = type.meta()?.['rule'];
  return typeof noted === 'string'
    ? noted
    : words(z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Shape);
}

function words(shape: Shape): string {
  if (shape.anyOf !== undefined) return shape.anyOf.map(words).join(' or ');
  if (shape.const !== undefined) return String(shape.const);
  if (shape.enum?.length === 1) return String(shape.enum[0]);
  if (shape.enum !== undefined) return `one of ${shape.enum.join(', ')}`;
  return `${TYPE_WORDS[shape.type ?? ''] ?? 'a mapping'}${range(shape)}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'a text',
  array: 'a list',
  null: 'null',
};

/** zod's own bounds of a whole number (2^53 - 1) are no rule of ours. */
function range({ minimum, maximum, exclusiveMinimum }: Shape): string {
  const [low, high] = [minimum, maximum].map((bound) =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? String(bound) : null,
  );
  if (typeof low === 'string' && typeof high === 'string') return ` from ${low} to ${high}`;
  if (typeof low === 'string') return `, at least ${low}`;
  if (exclusiveMinimum !== undefined) return `, more than ${String(exclusiveMinimum)}`;
  return '';
}
