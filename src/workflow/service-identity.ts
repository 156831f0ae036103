import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { Service } from 'typedi';

/** Names this process as the owner of leases: never the same twice, also when a pid comes again. */
@Service()
export class ServiceIdentity {
  readonly owner = `${hostname()}:${String(process.pid)}:${randomBytes(6).toString('hex')}`;
}
