import { type DeidentifyDeps, DeidentifyingTarget } from './adapters/deidentify/deidentifying-target.js';
import { CommandTarget } from './adapters/uploads/command-target.js';
import { DicomTarget } from './adapters/uploads/dicom-target.js';
import { DicomWebTarget } from './adapters/uploads/dicomweb-target.js';
import { FolderTarget } from './adapters/uploads/folder-target.js';
import { FolderTemplateTarget } from './adapters/uploads/folder-template-target.js';
import { SftpTarget } from './adapters/uploads/sftp/sftp-target.js';
import type { Clock } from './ports/clock.js';
import type { Host } from './ports/host.js';
import type { Settings } from './ports/settings.js';
import type { UploadTarget } from './ports/upload-target.js';
import { folderBelow } from './workflow/folder-below.js';

type Entry = Settings['uploads'][number];

/** The target of one entry of `uploads`: part of the composition root (container.ts). Nothing is connected yet. */
export function uploadTarget(root: string, entry: Entry, clock: Clock, here: Host): UploadTarget {
  const { name, optional } = entry;
  const targets: Record<Entry['kind'], () => UploadTarget> = {
    folder: () => {
      const path = given(entry.path);
      const { receiptTable } = entry;
      const where = { name, optional, path, makeMissing: folderBelow(root, path) !== null, receiptTable };
      const { template } = entry;
      return template === null
        ? new FolderTarget(where, clock)
        : new FolderTemplateTarget({ ...where, template }, clock);
    },
    sftp: () => new SftpTarget({ name, optional }, given(entry.sftp), clock),
    dicom: () => new DicomTarget({ name, optional, ...given(entry.dicom) }, clock),
    dicomweb: () => new DicomWebTarget({ name, optional, ...given(entry.dicomweb) }, clock),
    command: () => new CommandTarget({ name, optional, ...given(entry.command) }, here, clock),
  };
  return targets[entry.kind]();
}

/** The target, or one around it that tells it no identities. */
export const disguised = ({ deidentify }: Entry, target: UploadTarget, deps: DeidentifyDeps): UploadTarget =>
  deidentify === null ? target : new DeidentifyingTarget(target, deidentify, deps);

/** What a kind needs is there: the configuration is refused otherwise (config/upload-contradictions.ts). */
function given<T>(value: T | null): T {
  if (value === null) throw new Error('an upload target lacks what its kind needs');
  return value;
}
