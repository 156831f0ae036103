import { operator } from '../../src/domain/errors.js';
import type { BeamLayers, CasePictures, DosePicture, DoseWanted, Picture } from '../../src/ports/case-pictures.js';

/** Pictures that a test has put there, whichever case is asked for; none otherwise. */
export class FakeCasePictures implements CasePictures {
  doses = new Map<number, DosePicture>();
  beams = new Map<number, BeamLayers>();
  readonly asked: unknown[] = [];

  dose(wanted: DoseWanted): Promise<Picture> {
    this.asked.push(wanted);
    return this.#picture(this.doses.get(wanted.beamNumber));
  }

  layers(kase: DoseWanted['kase'], beamNumber: number): Promise<Picture> {
    this.asked.push([kase.id, kase.run, beamNumber]);
    return this.#picture(this.beams.get(beamNumber));
  }

  async #picture(made: DosePicture | BeamLayers | undefined): Promise<Picture> {
    await Promise.resolve();
    if (made === undefined) throw operator('picture.not-there', 'not made yet, or cleaned away');
    return { json: new TextEncoder().encode(JSON.stringify(made)), tag: 'tag' };
  }
}
