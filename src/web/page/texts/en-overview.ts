export const EN_OVERVIEW = {
  title: 'Cases',
  search: 'Search cases',
  searchHint: 'id, folder or plan',
  columns: {
    kase: 'Case',
    state: 'State',
    progress: 'Progress',
    beams: 'Beams',
    happens: 'What happens, and why it waits',
    created: 'Created',
  },
  none: 'No cases yet: drop a case folder into the inbox.',
  run: (run: number) => `run ${String(run)}`,
  inbox: (inbox: string) => `inbox ${inbox}`,
  plan: (label: string) => `plan ${label}`,
  nextAttempt: (time: string) => `next attempt ${time}`,
  readyAbout: (time: string) => `ready about ${time}`,
} as const;
