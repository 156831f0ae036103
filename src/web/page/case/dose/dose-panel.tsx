import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DosePicture, PlanesThrough } from '../../../../ports/case-pictures.js';
import type { BeamView } from '../../../../workflow/case-view.js';
import { Choice } from '../../elements/choice.js';
import { texts } from '../../texts.js';
import { casePath, useLoaded } from '../use-loaded.js';
import { DepthPlot } from './depth-plot.js';
import { doseFigures } from './dose-words.js';
import { DosePlanes } from './dose-planes.js';

const words = texts.dose;
const OF = ['beam', 'plan'] as const;
const LEAST_AT_ISOCENTRE = 0.05;
const THROUGH = ['isocentre', 'maximum'] as const;

interface Props {
  readonly caseId: string;
  readonly beam: BeamView;
  readonly planDone: boolean;
}

/** The dose of a beam, or of the plan along that beam: figures, depth dose, three planes. */
export function DosePanel({ caseId, beam, planDone }: Props): JSX.Element {
  const [of, setOf] = useState<DosePicture['of']>('beam');
  const [chosen, setThrough] = useState<PlanesThrough | null>(null);
  const through = chosen ?? 'isocentre';
  const shown = planDone ? of : 'beam';
  const path = `${casePath(caseId, 'beams', beam.number, 'dose')}?of=${shown}&through=${through}`;
  const picture = useLoaded<DosePicture>(path, `${beam.finishedAt ?? ''} ${String(planDone)}`);
  const made = picture.value.value;
  useEffect(() => {
    if (chosen === null && made !== null && hasNothingThere(made)) setThrough('maximum');
  }, [made]);
  return (
    <section class="panel dose" aria-label={words.title(beam.number)}>
      <div class="panel-head">
        <h3>{shown === 'beam' ? words.title(beam.number) : words.planTitle(beam.number)}</h3>
        {planDone && <Choice label={words.of} options={OF} words={words.ofOptions} value={of} choose={setOf} />}
        <Choice
          label={words.through}
          options={THROUGH}
          words={words.throughOptions}
          value={through}
          choose={setThrough}
        />
      </div>
      {picture.problem.value !== null && <p class="problem">{picture.problem.value}</p>}
      {made === null ? picture.problem.value === null && <p class="empty">{words.loading}</p> : <Dose picture={made} />}
    </section>
  );
}

/** The isocentre of a phantom lies on its front: planes through it would be empty. */
const hasNothingThere = ({ isocentreGy, maximumGy }: DosePicture): boolean =>
  (isocentreGy ?? 0) < LEAST_AT_ISOCENTRE * maximumGy;

function Dose({ picture }: { readonly picture: DosePicture }): JSX.Element {
  return (
    <>
      <dl class="figures">
        {doseFigures(picture).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <DepthPlot picture={picture} />
      <DosePlanes picture={picture} />
    </>
  );
}
