import { type Dates, datedDay } from '../../domain/pseudonym.js';

/** Column of the beam's start in the delivery report (domain/delivery-report.ts); no cell of it is ever quoted. */
const STARTED = 2;

/** The delivery report by the rule for dates: it names nobody, but says when beams were delivered. */
export function deidentifiedReport(csv: string, dates: Dates): string {
  const [headings = '', ...rows] = csv.split('\r\n');
  return [headings, ...rows.map((row) => (row === '' ? row : withoutDate(row, dates)))].join('\r\n');
}

function withoutDate(row: string, dates: Dates): string {
  const cells = row.split(',');
  const [date = '', time = ''] = (cells[STARTED] ?? '').split('T');
  const day = datedDay(date.replaceAll('-', ''), dates);
  cells[STARTED] = day === null ? '' : `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${time}`;
  return cells.join(',');
}
