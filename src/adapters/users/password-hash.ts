import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** Work that a hash costs (RFC 7914): memory is 128 * cost * blockSize bytes, time grows with all three. */
export interface ScryptCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** 64 MiB and about 0.3 s for each guess; equal in strength to the first choice of OWASP's password storage cheat sheet. */
export const SCRYPT_COST: ScryptCost = { cost: 2 ** 16, blockSize: 8, parallelization: 2 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MOST_BYTES = 2 ** 28;

const power = z.int().refine((value) => value >= 2 && value <= 2 ** 20 && Number.isInteger(Math.log2(value)));

/** As it is kept: with its parameters, so that hashes of another cost go on being understood. */
export const passwordHashSchema = z.strictObject({
  scheme: z.literal('scrypt'),
  cost: power,
  blockSize: z.int().min(1).max(32),
  parallelization: z.int().min(1).max(16),
  salt: z.base64url().min(16),
  hash: z.base64url().min(43),
});
export type PasswordHash = z.output<typeof passwordHashSchema>;

export async function hashPassword(password: string, cost: ScryptCost = SCRYPT_COST): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, cost);
  const { cost: n, blockSize, parallelization } = cost;
  return {
    scheme: 'scrypt',
    cost: n,
    blockSize,
    parallelization,
    salt: salt.toString('base64url'),
    hash: hash.toString('base64url'),
  };
}

/** Compared in the same time wherever they differ. */
export async function isPassword(password: string, { salt, hash, ...cost }: PasswordHash): Promise<boolean> {
  const wanted = Buffer.from(hash, 'base64url');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), wanted.length, cost), wanted);
}

/** Passwords are compared in one Unicode form: keyboards differ in how they put accents together. */
function derive(password: string, salt: Buffer, bytes: number, cost: ScryptCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, bytes, { ...cost, maxmem: MOST_BYTES }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
