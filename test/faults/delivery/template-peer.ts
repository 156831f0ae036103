import { FolderPeer } from './folder-peer.js';
import type { TargetSpec } from './target-spec.js';

/** The same share and faults, objects going there by a template of the site. */
export class TemplatePeer extends FolderPeer {
  override readonly kind = 'folder-template';

  override spec(): TargetSpec {
    const options = { ...this.folder(), optional: false, template: '{folder}/{planLabel}/{sopInstanceUid}.dcm' };
    return { kind: 'folder-template', options };
  }
}
