"""Planted for `semgrep scan --test`: each rule of product.yml finds its line, and no other."""


def planted(request, pk, key, user, cursor, word, signal, archive, stream):
    # ruleid: marked-safe
    page = mark_safe(word)
    # ok: marked-safe
    page = format_html("<b>{}</b>", word)

    # ruleid: thing-by-its-number
    get_object_or_404(Course, pk=pk)
    # ruleid: thing-by-its-number
    get_object_or_404(Course.objects.all(), key=key)
    # ruleid: thing-by-its-number
    Enrolment.objects.get(pk=pk)
    # ruleid: thing-by-its-number
    Enrolment.objects.filter(pk=pk, done=True).first()
    # ok: thing-by-its-number
    get_object_or_404(Course.objects.visible_to(user), pk=pk)
    # ok: thing-by-its-number
    get_object_or_404(Authenticator, user=user, pk=pk)
    # ok: thing-by-its-number
    Enrolment.objects.visible_to(user).get(pk=pk)

    # ruleid: on-commit-partial
    transaction.on_commit(functools.partial(work, pk), robust=True)
    # ruleid: on-commit-partial
    transaction.on_commit(partial(work, pk), robust=True)
    # ruleid: on-commit-not-robust
    transaction.on_commit(lambda: work.delay(pk))
    # ok: on-commit-not-robust
    transaction.on_commit(lambda: work.delay(pk), robust=True)

    # ruleid: send-robust
    signal.send_robust(sender=None)
    # ok: send-robust
    signal.send(sender=None)

    # ruleid: shell
    subprocess.run(f"ls {word}", shell=True)
    # ruleid: shell
    os.system(word)
    # ok: shell
    subprocess.run(["ls", word], check=True)

    # ruleid: naive-time
    datetime.now()
    # ruleid: naive-time
    date.today()
    # ok: naive-time
    datetime.now(UTC)

    # ruleid: sql-by-hand
    cursor.execute(f"SELECT 1 FROM t WHERE name = '{word}'")
    # ruleid: sql-by-hand
    cursor.execute("SELECT 1 FROM t WHERE name = '%s'" % word)
    # ruleid: sql-by-hand
    Course.objects.raw("SELECT * FROM courses_course")
    # ok: sql-by-hand
    cursor.execute("SELECT 1 FROM t WHERE name = %s", [word])

    # ruleid: number-of-an-address
    int(request.GET["page"])
    # ruleid: number-of-an-address
    int(request.POST.get("position", 0))
    # ok: number-of-an-address
    int(pk)

    # ruleid: redirect-to-what-was-sent
    redirect(request.GET["next"])
    back = request.headers.get("Referer", "/")
    # ruleid: redirect-to-what-was-sent
    HttpResponseRedirect(back)
    # ok: redirect-to-what-was-sent
    redirect(onward(request))

    # ruleid: fetches-an-address
    urllib.request.urlopen(word)
    # ruleid: fetches-an-address
    requests.get(word)
    # ok: fetches-an-address
    urllib.parse.urlsplit(word)

    # ruleid: guessable
    random.choice(word)
    # ok: guessable
    random.Random(pk)
    # ok: guessable
    secrets.choice(word)

    # ruleid: runs-what-it-reads
    eval(word)
    # ruleid: runs-what-it-reads
    pickle.loads(stream)
    # ruleid: runs-what-it-reads
    archive.extractall(word)
    # ok: runs-what-it-reads
    json.loads(word)

    # ruleid: audit-log-changed
    AuditEntry.objects.filter(pk=1).update(verb="x")
    # ruleid: audit-log-changed
    AuditEntry.objects.all().delete()
    # ok: audit-log-changed
    AuditEntry.objects.filter(verb="x").count()
    return page


# ruleid: csrf-exempt
@csrf_exempt
def open_to_all(request):
    # ruleid: xml-that-trusts
    import xml.etree.ElementTree

    # ok: xml-that-trusts
    import defusedxml.ElementTree

    return xml, defusedxml
