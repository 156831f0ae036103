/** `processing.maxRetries` -> `MQI_PROCESSING_MAX_RETRIES`; the units GiB and MiB stay whole. */
export function environmentName(path: readonly string[]): string {
  const words = path.map((name) =>
    name.replace(/([GM]iB)$/, (unit) => `_${unit.toUpperCase()}`).replace(/([a-z0-9])([A-Z])/g, '$1_$2'),
  );
  return `MQI_${words.join('_')}`.toUpperCase();
}
