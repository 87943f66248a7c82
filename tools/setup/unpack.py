"""Unpacks from a wheel what tfjs-node needs: TensorFlow's C library and its headers.

Arguments: wheel, folder. Prints the megabytes unpacked so far, then the total, a line each time.
"""
import os
import re
import sys
import zipfile

WANTED = re.compile(
    r'tensorflow/(libtensorflow_(cc|framework)\.so\.2$'
    r'|include/tensorflow/c/|include/tensorflow/core/platform/ctstring|include/xla/tsl/c/|include/tsl/'
    r'|THIRD_PARTY_NOTICES\.txt$|include/LICENSE$)')
CHUNK = 4 * 1024 * 1024

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    members = [m for m in archive.infolist() if WANTED.match(m.filename) and not m.is_dir()]
    total = sum(m.file_size for m in members)
    done = 0
    for member in members:
        name = member.filename[len('tensorflow/'):]
        # The library's two files go to lib/, so that a linker finds them there and nothing else.
        target = os.path.join(folder, *(name if '/' in name or '.so.' not in name else 'lib/' + name).split('/'))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(member) as source, open(target, 'wb') as sink:
            while True:
                chunk = source.read(CHUNK)
                if not chunk:
                    break
                sink.write(chunk)
                done += len(chunk)
                if len(chunk) == CHUNK:
                    print(f'{done // 1000000} of {total // 1000000} MB', flush=True)
