# Takes a source of so many bytes, and makes it the newest in a folder: receive.py FOLDER NAME LENGTH
import io, os, shutil, sys, tarfile

place, name, length = sys.argv[1], sys.argv[2], int(sys.argv[3])
into, link = os.path.join(place, name), os.path.join(place, "newest")
if not os.path.isdir(into):
    new = into + ".new"
    shutil.rmtree(new, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read(length))) as archive:
        archive.extractall(new)
    os.rename(new, into)
before = os.readlink(link) if os.path.islink(link) else name
if os.path.lexists(link + ".new"):
    os.unlink(link + ".new")
os.symlink(name, link + ".new")
os.replace(link + ".new", link)
# a process may still end over the one before
for other in os.listdir(place):
    if other not in (name, before, "newest"):
        shutil.rmtree(os.path.join(place, other), ignore_errors=True)
