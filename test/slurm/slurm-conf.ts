import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';

export const NODES = ['n1', 'n2'] as const;

export interface SlurmPorts {
  readonly controller: number;
  readonly nodes: readonly number[];
}

/**
 * A cluster of this machine alone: two nodes of two GPUs each, which are devices that do nothing.
 * @param changes lines in place of, or beside, those here, by key
 */
export function slurmConf(place: string, ports: SlurmPorts, changes: Readonly<Record<string, string>>): string {
  const user = userInfo().username;
  const nodes = NODES.map(
    (node, i) =>
      `NodeName=${node} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${String(ports.nodes[i])} CPUs=8 RealMemory=4000 Gres=gpu:rtx:2`,
  );
  const lines = [
    'ClusterName=test',
    `SlurmctldHost=${hostname()}(127.0.0.1)`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    'AuthType=auth/munge',
    // Credentials of a job that is started anew are accepted only when the old ones are over.
    `AuthInfo=socket=${join(place, 'run', 'munge.sock')},cred_expire=5`,
    'CommunicationParameters=NoInAddrAny,NoCtldInAddrAny',
    `SlurmctldPort=${String(ports.controller)}`,
    `StateSaveLocation=${join(place, 'state')}`,
    `SlurmdSpoolDir=${join(place, 'spool', '%n')}`,
    `SlurmctldPidFile=${join(place, 'slurmctld.pid')}`,
    `SlurmdPidFile=${join(place, 'slurmd-%n.pid')}`,
    `SlurmctldLogFile=${join(place, 'log', 'slurmctld.log')}`,
    `SlurmdLogFile=${join(place, 'log', 'slurmd-%n.log')}`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'JobAcctGatherType=jobacct_gather/none',
    'MpiDefault=none',
    'SchedulerType=sched/backfill',
    'SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=1',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core_Memory',
    'DefMemPerCPU=64',
    'GresTypes=gpu',
    'ReturnToService=2',
    'MinJobAge=300',
    'KillWait=3',
    'SlurmctldTimeout=10',
    'SlurmdTimeout=60',
    'SlurmdParameters=config_overrides',
    'AccountingStorageType=accounting_storage/none',
    'JobCompType=jobcomp/filetxt',
    `JobCompLoc=${join(place, 'log', 'jobcomp.txt')}`,
    ...nodes,
    // Jobs of the one take the place of jobs of the other.
    'PreemptType=preempt/partition_prio',
    'PreemptMode=CANCEL',
    'PartitionName=gpu Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP PriorityTier=1',
    'PartitionName=urgent Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF',
  ];
  const keyOf = (line: string): string => line.split('=', 1)[0] ?? '';
  const kept = lines.filter((line) => changes[keyOf(line)] === undefined);
  return [...kept, ...Object.entries(changes).map(([key, value]) => `${key}=${value}`), ''].join('\n');
}

export const gresConf = (place: string): string =>
  NODES.map((node) => `NodeName=${node} Name=gpu Type=rtx File=${join(place, 'dev', node, 'nvidia[0-1]')}\n`).join('');
