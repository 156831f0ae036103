// What scripts/fake-moqui.mjs makes of range shifters: as the real program (dialect upstream) was measured to.

/** Its protons begin so far behind the snout. */
const BEHIND_SNOUT_MM = 50;
/** Stopping power relative to water that it gives to its 1.19 g/cm3. */
const RSP = 1.153;

/**
 * The layers, with the water that a range shifter puts before them. All of a plan make one slab, which ends thickness and gap
 * before the snout, wherever the plan has it: what begins within or beyond the slab passes less of it or nothing, what
 * flies beside it nothing, and a slab with a side of 0 is not there. `geometry` and `thickness` are sections of the machine
 * file; sizes and gap that are not there are memory not its own (here: a slab of no size).
 */
export function behindShifter(layers, { shifterIds, snoutMm }, geometry, thickness, density) {
  if (shifterIds.length === 0) return layers;
  const row = (key) => geometry.find((line) => line.startsWith(key))?.slice(key.length).trim().split(/\s+/).map(Number) ?? []; // prettier-ignore
  const table = new Map(
    thickness.map((line) => /"(.*)"(.*)/.exec(line)).map(([, id, mm]) => [id, Number.parseFloat(mm)]),
  );
  const mm = shifterIds.reduce((sum, id) => sum + (table.get(id) ?? 0), 0);
  if (!(mm > 0)) process.exit(134);
  const [gap = 0] = row('rangeshifter_snout_gap(mm)');
  const [sizeX = 0, sizeY = 0] = row('rangeshifter(mm)');
  const [sadX = 0, sadY = 0] = row('SAD(mm)');
  const exitMm = snoutMm - gap - mm;
  console.log(`Range shifter thickness: ${mm} (mm) and position: ${exitMm + mm / 2} (mm)`);
  const passedMm = Math.max(0, Math.min(mm, snoutMm + BEHIND_SNOUT_MM - exitMm));
  const through = ({ x, y }) =>
    Math.abs(x * (1 - exitMm / sadX)) < sizeX / 2 && Math.abs(y * (1 - exitMm / sadY)) < sizeY / 2;
  return layers
    .flatMap((layer) => [
      { ...layer, waterMm: (passedMm * RSP * density) / 1.19, spots: layer.spots.filter(through) },
      { ...layer, spots: layer.spots.filter((spot) => !through(spot)) },
    ])
    .filter(({ spots }) => spots.length > 0);
}
