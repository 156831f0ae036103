import { hasOrthanc } from '../../dicom-peers.js';
import { noMounting } from '../mounted.js';
import { CommandPeer } from './command-peer.js';
import { DicomPeer } from './dicom-peer.js';
import { DisguisedDicomPeer } from './disguised-dicom-peer.js';
import { DicomWebPeer } from './dicomweb-peer.js';
import type { FaultPeer } from './fault-peer.js';
import { FolderPeer } from './folder-peer.js';
import { TemplatePeer } from './template-peer.js';
import { SftpPeer } from './sftp-peer.js';

const needsOrthanc = (): string | null => (hasOrthanc() ? null : 'there is no Orthanc');

/** A peer of each kind of target, and why it cannot be had here, if so. */
export const FAULT_PEERS: Readonly<
  Record<string, { readonly make: () => FaultPeer; readonly missing: () => string | null }>
> = {
  folder: { make: () => new FolderPeer(), missing: noMounting },
  'folder-template': { make: () => new TemplatePeer(), missing: noMounting },
  sftp: { make: () => new SftpPeer(), missing: noMounting },
  dicom: { make: () => new DicomPeer(), missing: needsOrthanc },
  'dicom-deidentified': { make: () => new DisguisedDicomPeer(), missing: needsOrthanc },
  dicomweb: { make: () => new DicomWebPeer(), missing: needsOrthanc },
  command: { make: () => new CommandPeer(), missing: noMounting },
};
