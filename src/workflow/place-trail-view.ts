/** What one GPU showed at the times of the trail; null where it did not tell or was not there. */
export interface PlaceSeries {
  readonly id: string;
  readonly memoryUsedMiB: readonly (number | null)[];
  readonly temperatureC: readonly (number | null)[];
  readonly utilisationPercent: readonly (number | null)[];
}

/** `GET /api/gpus/trail`: the last hour, oldest first. */
export interface PlaceTrailView {
  /** Epoch seconds. */
  readonly at: readonly number[];
  readonly places: readonly PlaceSeries[];
}
