/** `[######····]  60 %`: always `width` + 8 columns. */
export function progressBar(percent: number, width = 20): string {
  const bounded = Math.min(100, Math.max(0, percent));
  const filled = Math.floor((bounded / 100) * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${String(Math.floor(bounded)).padStart(3)} %`;
}
