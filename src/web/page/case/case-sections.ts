import type { FunctionComponent } from 'preact';
import type { CaseDetailView } from '../../../workflow/case-view.js';
import { Files } from './files-section.js';
import { Logs } from './log/log-section.js';
import { Problems } from './problems-section.js';
import { TimelineSection } from './timeline/timeline-section.js';
import { Attempts, Receipts, Transitions } from './record-sections.js';
import { Beams } from './beams-section.js';
import { Deliveries } from './deliveries-section.js';

export type CaseSection = FunctionComponent<{ readonly kase: CaseDetailView }>;

/** What the page of a case shows below its head, in this order; each gets the case as it is now, again and again. */
export const CASE_SECTIONS: readonly { readonly name: string; readonly Section: CaseSection }[] = [
  { name: 'problems', Section: Problems },
  { name: 'timeline', Section: TimelineSection },
  { name: 'beams', Section: Beams },
  { name: 'deliveries', Section: Deliveries },
  { name: 'files', Section: Files },
  { name: 'receipts', Section: Receipts },
  { name: 'logs', Section: Logs },
  { name: 'attempts', Section: Attempts },
  { name: 'transitions', Section: Transitions },
];
