/** What the steps of a case are called. The last one is `upload` in the interface; people deliver doses. */
export const EN_STEPS = {
  validate: 'validate',
  interpret: 'interpret',
  simulate: 'simulate',
  assemble: 'assemble',
  upload: 'deliver',
};
