/** A service holds a case for this long at a time; whoever held it is taken for gone when it has run out. */
export const LEASE_MS = 30_000;
/** A living service renews its leases this often, so a lease also says when its holder was last seen to live. */
export const RENEW_MS = 10_000;
