import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import { CommandTarget, type CommandTargetOptions } from '../../../src/adapters/uploads/command-target.js';
import { DicomTarget, type DicomTargetOptions } from '../../../src/adapters/uploads/dicom-target.js';
import { DicomWebTarget, type DicomWebTargetOptions } from '../../../src/adapters/uploads/dicomweb-target.js';
import { FolderTarget, type FolderTargetOptions } from '../../../src/adapters/uploads/folder-target.js';
import {
  FolderTemplateTarget,
  type FolderTemplateOptions,
} from '../../../src/adapters/uploads/folder-template-target.js';
import type { SftpLimits, SftpOptions } from '../../../src/adapters/uploads/sftp/sftp-options.js';
import { SftpTarget } from '../../../src/adapters/uploads/sftp/sftp-target.js';
import type { UploadTarget } from '../../../src/ports/upload-target.js';
import { aDisguised } from '../../builders/a-disguised.js';

/** A target as plain data, so that a process of its own can be told of it. */
export type TargetSpec = KindSpec & {
  /** Told no identities; where its key and its copies lie. */
  readonly disguisedIn?: string;
};

type KindSpec =
  | { readonly kind: 'folder'; readonly options: FolderTargetOptions }
  | { readonly kind: 'folder-template'; readonly options: FolderTemplateOptions }
  | { readonly kind: 'sftp'; readonly options: SftpOptions; readonly limits: SftpLimits }
  | { readonly kind: 'dicom'; readonly options: DicomTargetOptions }
  | { readonly kind: 'dicomweb'; readonly options: DicomWebTargetOptions }
  | { readonly kind: 'command'; readonly options: CommandTargetOptions };

/** The adapter of the service itself. */
export const targetOf = (spec: TargetSpec): UploadTarget =>
  spec.disguisedIn === undefined ? ofKind(spec) : aDisguised(ofKind(spec), spec.disguisedIn);

function ofKind(spec: KindSpec): UploadTarget {
  const clock = new SystemClock();
  switch (spec.kind) {
    case 'folder':
      return new FolderTarget(spec.options, clock);
    case 'folder-template':
      return new FolderTemplateTarget(spec.options, clock);
    case 'sftp':
      return new SftpTarget({ name: 't', optional: false }, spec.options, clock, spec.limits);
    case 'dicom':
      return new DicomTarget(spec.options, clock);
    case 'dicomweb':
      return new DicomWebTarget(spec.options, clock);
    case 'command':
      return new CommandTarget(spec.options, new LocalHost('here'), clock);
  }
}
