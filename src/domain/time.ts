/** Milliseconds since 1970-01-01T00:00:00Z, as Date.now() gives them. Stored as integers, printed as ISO 8601 UTC. */
export type EpochMs = number;
