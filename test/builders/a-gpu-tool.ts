import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One GPU as `nvidia-smi --query-gpu` of the columns that we ask for lists it. */
export function aGpuLine(
  uuid: string,
  change: Partial<Record<'index' | 'bus' | 'used' | 'ecc' | 'state', string>> = {},
) {
  const { index = '0', bus = '00000000:3B:00.0', used = '310', ecc = '0', state = '7, 41, 1410' } = change;
  return `${uuid}, ${index}, NVIDIA RTX A5000, 550.54.14, ${bus}, 24564, ${used}, ${state}, ${ecc}`;
}

/** A fake nvidia-smi: a shell script whose cases say what each query prints. */
export function aGpuTool(folder: string, { gpus = '', apps = '' }: { readonly gpus?: string; readonly apps?: string }) {
  const path = join(folder, 'nvidia-smi');
  const script = `#!/bin/sh
case "$1" in
--query-gpu=*) ${gpus}
;;
--query-compute-apps=*) ${apps === '' ? ':' : apps}
;;
*) exit 2;;
esac
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}
