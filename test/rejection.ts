/** What the promise rejects with; fails if it does not reject. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let given: unknown;
  try {
    given = await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(given)}`);
}
