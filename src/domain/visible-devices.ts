/** AMD's form of a GPU's unique id; NVIDIA's are longer and hold further dashes. */
const AMD_ID = /^GPU-[0-9a-f]{16}$/;
/** An AMD GPU that has no unique id is named by its number. */
const AMD_NUMBER = /^amd-(\d+)$/;

/** The name under which an AMD GPU is kept. @param uniqueId as rocm-smi tells it (0x...), if it does */
export function amdName(uniqueId: string | null, index: number): string {
  const hex = /^0x([0-9a-f]{1,16})$/i.exec(uniqueId ?? '')?.[1]?.toLowerCase();
  return hex === undefined ? `amd-${String(index)}` : `GPU-${hex.padStart(16, '0')}`;
}

/**
 * Environment by which a job sees the GPUs it was given and no others. CUDA takes UUIDs. On AMD the runtime takes unique
 * ids (ROCR_VISIBLE_DEVICES), and HIP then numbers what is left; CUDA_VISIBLE_DEVICES would be read by HIP as well, so it
 * is not set there. A job without GPU sees none.
 */
export function visibleDevices(gpuUuids: readonly string[]): Readonly<Record<string, string>> {
  const amd = gpuUuids.length > 0 && gpuUuids.every((id) => AMD_ID.test(id) || AMD_NUMBER.test(id));
  if (amd) {
    const named = gpuUuids.map((id) => AMD_NUMBER.exec(id)?.[1] ?? id).join(',');
    return { ROCR_VISIBLE_DEVICES: named, HIP_VISIBLE_DEVICES: gpuUuids.map((_, n) => String(n)).join(',') };
  }
  const cuda = { CUDA_VISIBLE_DEVICES: gpuUuids.join(',') };
  return gpuUuids.length > 0 ? cuda : { ...cuda, ROCR_VISIBLE_DEVICES: '', HIP_VISIBLE_DEVICES: '' };
}
