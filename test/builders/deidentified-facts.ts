/** A script for pydicom: what a dose says of whom it is and of its values; marks of de-identification where it has them. */
export const FACTS = `
import hashlib
d = pydicom.dcmread(sys.argv[1])
ref = d.ReferencedRTPlanSequence[0]
print(json.dumps({'name': str(d.PatientName), 'id': d.PatientID, 'birth': d.PatientBirthDate, 'sex': d.PatientSex, 'removed': d.get('PatientIdentityRemoved'),
 'codes': [c.CodeValue for c in d.get('DeidentificationMethodCodeSequence', [])], 'temporal': d.get('LongitudinalTemporalInformationModified'),
 'uid': d.SOPInstanceUID, 'metaUid': d.file_meta.MediaStorageSOPInstanceUID, 'study': d.StudyInstanceUID, 'series': d.SeriesInstanceUID, 'frame': d.FrameOfReferenceUID,
 'plan': ref.ReferencedSOPInstanceUID, 'studyDate': d.StudyDate, 'seriesDate': d.get('SeriesDate'), 'seriesTime': d.get('SeriesTime'), 'content': d.ContentDate, 'comment': d.DoseComment,
 'pixels': hashlib.sha256(d.PixelData).hexdigest(), 'scaling': str(d.DoseGridScaling), 'position': [float(v) for v in d.ImagePositionPatient],
 'beam': int(ref.ReferencedFractionGroupSequence[0].ReferencedBeamSequence[0].ReferencedBeamNumber) if 'ReferencedFractionGroupSequence' in ref else None,
 'private': sum(1 for e in d.iterall() if e.tag.is_private)}))
`;

/** Creator and value of a private block in group 0029, and a public element that a dose of ours does not have. */
export function privateElements(name: string): Buffer {
  const element = (group: number, number: number, vr: string, text: string): Buffer => {
    const value = Buffer.from(text.length % 2 === 0 ? text : `${text} `);
    const head = Buffer.alloc(8);
    head.writeUInt16LE(group, 0);
    head.writeUInt16LE(number, 2);
    head.write(vr, 4, 'latin1');
    head.writeUInt16LE(value.length, 6);
    return Buffer.concat([head, value]);
  };
  return Buffer.concat([
    element(0x0029, 0x0010, 'LO', 'SOMEBODY'),
    element(0x0029, 0x1001, 'LO', name),
    element(0x0032, 0x4000, 'LT', name),
  ]);
}
