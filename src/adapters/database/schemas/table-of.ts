import { EntitySchema, EntitySchemaOptions } from 'typeorm';

/** What TypeORM takes as options, as a plain object. */
type TableOptions<T> = { readonly [K in keyof EntitySchemaOptions<T>]: EntitySchemaOptions<T>[K] };

/** A table whose rows are the plain objects of T. */
export function tableOf<T extends object>(options: TableOptions<T>): EntitySchema<T> {
  return new EntitySchema<T>(Object.assign(new EntitySchemaOptions<T>(), options));
}
