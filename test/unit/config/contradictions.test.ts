import { expect } from 'chai';
import { configIn } from '../../builders/config-in.js';
import { tempFolder } from '../../temp-folder.js';

describe('mistakes in the configuration as a whole', () => {
  const { problems } = configIn(tempFolder());

  describe('settings that contradict each other', () => {
    const contradictory: readonly [string, string, RegExp][] = [
      ['postgres without an address', 'database: { kind: postgres }', /^database\.url = .*must be given when/],
      [
        'moqui without its program',
        'engine: { kind: moqui, moqui: { machineFile: m } }',
        /^engine\.moqui\.program = .*must be given/,
      ],
      [
        'moqui upstream without beam data',
        'engine: { kind: moqui, moqui: { program: /t } }',
        /^engine\.moqui\.machineFile = .*upstream/,
      ],
      [
        'moqui log without the meaning of its counts',
        'engine: { kind: moqui, moqui: { program: /t, dialect: log } }\nmachines: [{ pattern: G1, beamModel: generic, gantryNumber: 1 }]',
        /^engine\.moqui\.countsPerMeterset = .*must be given/,
      ],
      [
        'moqui log without gantry numbers',
        'engine: { kind: moqui, moqui: { program: /t, dialect: log, countsPerMeterset: 5 } }',
        /^machines = .*gantryNumber/,
      ],
      [
        'GPUs that moqui would hold idle',
        'execution: { gpusPerBeam: 2 }\nengine: { kind: moqui, moqui: { program: /t, machineFile: m } }',
        /^execution\.gpusPerBeam = .*one GPU/,
      ],
      [
        'a parameter of moqui that the service sets',
        'engine: { moqui: { parameters: { SimulationType: perSpot } } }',
        /^engine\.moqui\.parameters = .*SimulationType is set by the service/,
      ],
      [
        'a parameter of moqui that its file cannot carry',
        'engine: { moqui: { parameters: { Calibration: "/a#b" } } }',
        /^engine\.moqui\.parameters = .*Calibration holds #/,
      ],
      [
        'an interpreter of the site without its program',
        'interpretation: { kind: command }',
        /^interpretation\.command\.argv = .*must be given when interpretation\.kind is command/,
      ],
      [
        'a placeholder that only engines have',
        'interpretation: { kind: command, command: { argv: [run, "{input}"] } }',
        /^interpretation\.command\.argv = .*unknown placeholder \{input\}.*\{output\}/,
      ],
      [
        'a webhook to another machine in the clear',
        'notifications: { channels: [{ name: a, kind: webhook, webhook: { url: "http://b.example/", secretEnv: S } }] }',
        /^notifications\.channels\[0\]\.webhook\.url = .*https/,
      ],
      [
        'a webhook that nobody could tell from a forgery',
        'notifications: { channels: [{ name: a, kind: webhook, webhook: { url: "https://b.example/" } }] }',
        /^notifications\.channels\[0\]\.webhook\.secretFile = .*must be given/,
      ],
      [
        'a channel of a kind that is not described',
        'notifications: { channels: [{ name: a, kind: email }] }',
        /^notifications\.channels\[0\]\.email = .*must be given/,
      ],
      [
        'a mail login that would be sent in the clear',
        'notifications: { channels: [{ name: a, kind: email, email: { host: h, from: a@b, to: [a@b], security: none, user: u, passwordEnv: P } }] }',
        /^notifications\.channels\[0\]\.email\.security = .*unencrypted/,
      ],
      [
        'an inbox that there is none of',
        'notifications: { channels: [{ name: a, kind: webhook, inboxes: [room9], webhook: { url: "https://b/", secretEnv: S } }] }',
        /^notifications\.channels\[0\]\.inboxes = .*intake\.inboxes/,
      ],
      [
        'a DICOM target without its peer',
        'uploads: [{ name: a, kind: dicom }]',
        /^uploads\[0\]\.dicom = .*must be given/,
      ],
      [
        'a folder target without its folder',
        'uploads: [{ name: a, kind: folder }]',
        /^uploads\[0\]\.path = .*must be given/,
      ],
      [
        'storage commitment without a port for its reports',
        'uploads: [{ name: a, kind: dicom, dicom: { host: h, port: 104, calledAeTitle: A, verify: commitment } }]',
        /^uploads\[0\]\.dicom\.listenPort = .*must be given/,
      ],
      [
        'half of a certificate',
        'uploads: [{ name: a, kind: dicom, dicom: { host: h, port: 104, calledAeTitle: A, tls: { ca: c, key: k } } }]',
        /^uploads\[0\]\.dicom\.tls = .*both cert and key/,
      ],
      [
        'half of a certificate for a web archive',
        'uploads: [{ name: a, kind: dicomweb, dicomweb: { url: "https://h/web", tls: { cert: c } } }]',
        /^uploads\[0\]\.dicomweb\.tls = .*both cert and key/,
      ],
      [
        'certificates for an address that is not encrypted',
        'uploads: [{ name: a, kind: dicomweb, dicomweb: { url: "http://h/web", tls: { ca: c } } }]',
        /^uploads\[0\]\.dicomweb\.tls = .*only for an https address/,
      ],
      ['an address without postgres', 'database: { url: "postgres://db/mqi" }', /^database\.url = .*only for/],
      [
        'a first delay beyond the longest',
        'processing: { retryDelaySeconds: 700 }',
        /^processing\.retryDelaySeconds = 700/,
      ],
      [
        'progress that falls',
        'progressTracking: { coarsePhaseProgress: { simulated: 9 } }',
        /coarsePhaseProgress\.simulated = 9: must be more than that of interpreted, which is 10/,
      ],
      [
        'progress that stands still',
        'progressTracking: { coarsePhaseProgress: { assembled: 90 } }',
        /coarsePhaseProgress\.assembled = 90/,
      ],
      [
        'a command engine without a command',
        'engine: { kind: command }',
        /^engine\.command\.argv = null: must be given/,
      ],
      [
        'a placeholder that is none',
        'engine: { kind: command, command: { argv: [dose, "{inptu}", "{output}"] } }',
        /unknown placeholder \{inptu\}; nearest is \{input\}/,
      ],
      ['a table of HU that falls', 'geometry: { huToRsp: [[0, 1], [-1000, 0]] }', /^geometry\.huToRsp/],
      [
        'two targets of one name',
        'uploads: [{ name: a, kind: folder, path: p }, { name: a, kind: folder, path: q }]',
        /^uploads\[1\]\.name = "a"/,
      ],
      [
        'two targets that write the same files',
        'uploads: [{ name: a, kind: folder, path: p }, { name: b, kind: folder, path: ./p/ }]',
        /^uploads\[1\]\.path.*both would write the same files/,
      ],
      [
        'a program that is not told what to deliver',
        'uploads: [{ name: a, kind: command, command: { argv: [send, "{caseId}"] } }]',
        /^uploads\[0\]\.command\.argv.*must have \{file\} or \{sopInstanceUid\}/,
      ],
      [
        'a report for a target that takes DICOM objects alone',
        'uploads: [{ name: a, kind: command, command: { argv: [x] }, objects: [plan, report] }]',
        /^uploads\[0\]\.objects.*takes RT Dose alone/,
      ],
      [
        'a test object for a target that takes files',
        'uploads: [{ name: a, kind: folder, path: p, doctorStores: true }]',
        /^uploads\[0\]\.doctorStores.*only for a target of kind dicom or dicomweb/,
      ],
      [
        'a template with a placeholder that there is not, with the nearest',
        'uploads: [{ name: a, kind: folder, path: p, template: "{planLable}/{beamNumber}.dcm" }]',
        /^uploads\[0\]\.template.*nearest is \{planLabel\}/,
      ],
      [
        'a template that leads out of the target',
        'uploads: [{ name: a, kind: folder, path: p, template: "{folder}/../../{beamNumber}.dcm" }]',
        /^uploads\[0\]\.template.*must not contain/,
      ],
      [
        'a template that is absolute',
        'uploads: [{ name: a, kind: folder, path: p, template: "/etc/{beamNumber}.dcm" }]',
        /^uploads\[0\]\.template.*below path/,
      ],
      [
        'a template that gives several objects one name',
        'uploads: [{ name: a, kind: folder, path: p, template: "{folder}/dose.dcm" }]',
        /^uploads\[0\]\.template.*file name of its own/,
      ],
      ['a folder target without its folder', 'uploads: [{ name: a, kind: folder }]', /^uploads\[0\]\.path/],
      ['an SFTP target without its server', 'uploads: [{ name: a, kind: sftp }]', /^uploads\[0\]\.sftp/],
      [
        'a target with what is for another kind',
        'uploads: [{ name: a, kind: folder, path: p, command: { argv: [x] } }]',
        /^uploads\[0\]\.command.*only for a target of kind command/,
      ],
      [
        'an SFTP target that nothing lets in',
        'uploads: [{ name: a, kind: sftp, sftp: { host: h, user: u, knownHosts: k } }]',
        /^uploads\[0\]\.sftp\.keyFile/,
      ],
      [
        'one name for all objects at an SFTP server',
        'uploads: [{ name: a, kind: sftp, sftp: { host: h, user: u, knownHosts: k, keyFile: f, path: "{folder}/dose.dcm" } }]',
        /^uploads\[0\]\.sftp\.path.*file name of its own/,
      ],
      [
        'a way out of the folder at an SFTP server',
        'uploads: [{ name: a, kind: sftp, sftp: { host: h, user: u, knownHosts: k, keyFile: f, path: "../{sopInstanceUid}" } }]',
        /^uploads\[0\]\.sftp\.path.*must not contain/,
      ],
      [
        'a placeholder that a program is never given',
        'uploads: [{ name: a, kind: command, command: { argv: [send, "{fil}", "{file}"] } }]',
        /^uploads\[0\]\.command\.argv.*unknown placeholder \{fil\}; nearest is \{file\}/,
      ],
      ['a target in the inbox', 'uploads: [{ name: a, kind: folder, path: inbox/out }]', /^uploads\[0\]\.path/],
      ['an inbox in the outbox', 'intake: { inbox: outbox/in }', /^uploads\[0\]\.path.*must not overlap the inbox/],
      ['an inbox that is the root', 'intake: { inbox: . }', /^intake\.inbox/],
      ['an inbox among our own files', 'intake: { inbox: work/in }', /^intake\.inbox/],
      ['a database in the inbox', 'database: { path: inbox/mqi.sqlite }', /^database\.path/],
      [
        'Slurm on several hosts',
        'execution: { scheduler: slurm, hosts: [{ name: a, kind: local }, { name: b, kind: local }] }',
        /^execution\.hosts.*must hold one host at most where Slurm/,
      ],
      ['Slurm and a number of slots', 'execution: { scheduler: slurm, slots: 3 }', /^execution\.slots.*maxJobs/],
      ['Slurm and GPUs of ours', 'execution: { scheduler: slurm, gpusPerBeam: 2 }', /^execution\.gpusPerBeam.*gres/],
      [
        'what the service itself says to sbatch',
        'execution: { scheduler: slurm, slurm: { extra: [--mem=1G, --job-name=x] } }',
        /^execution\.slurm\.extra.*must not hold --job-name=x/,
      ],
      [
        'the same in short, or by its beginning',
        'execution: { scheduler: slurm, slurm: { extra: [--arr=1-4, -Dx, --wait-all-nodes=1] } }',
        /^execution\.slurm\.extra.*must not hold --arr=1-4.*\n.*must not hold -Dx[^\n]*$/,
      ],
      [
        'two arguments of sbatch in one',
        'execution: { scheduler: slurm, slurm: { extra: [--mem 16G, "--constraint=a b"] } }',
        /^execution\.slurm\.extra.*write --mem=16G[^\n]*$/,
      ],
      ['a page for the whole network', 'web: { host: 0.0.0.0 }', /^web\.host = "0\.0\.0\.0": must be 127\.0\.0\.1/],
    ];
    for (const [what, yaml, expected] of contradictory) {
      it(what, () => {
        const found = problems({ yaml: `${yaml}\n` });
        expect(found.join('\n')).to.match(expected);
        expect(found[0]).to.match(/mqi\.yaml:1\)$/);
      });
    }

    it('a page for the whole network without login or without encryption', () => {
      const found = problems({ yaml: 'web: { host: 0.0.0.0, auth: none, tls: { certFile: a, keyFile: b } }\n' });
      expect(found.join()).to.match(/^web\.auth = "none": must not be none/);
    });

    it('half a certificate, and a proxy that logs people in from nowhere', () => {
      expect(problems({ yaml: 'web: { tls: { certFile: a } }\n' }).join()).to.match(
        /^web\.tls\.keyFile = null: must be/,
      );
      expect(problems({ yaml: 'web: { auth: proxy }\n' }).join()).to.match(/^web\.proxy\.addresses = \[\]: must be/);
      expect(problems({ yaml: 'web: { proxy: { addresses: [10.0.0.0/33] } }\n' }).join()).to.match(/10\.0\.0\.0\/33/);
    });

    it('but not a page for the network that is protected, explicitly allowed, or switched off', () => {
      for (const how of ['tls: { certFile: a, keyFile: b }', 'insecure: true, auth: none', 'enabled: false'])
        expect(problems({ yaml: `web: { host: 0.0.0.0, ${how} }\n` }), how).to.deep.equal([]);
    });

    it('and not on top of a value that is wrong by itself', () => {
      expect(problems({ yaml: 'processing: { retryDelaySeconds: 700, retryDelayCapSeconds: x }\n' })).to.have.length(1);
    });
  });
});
