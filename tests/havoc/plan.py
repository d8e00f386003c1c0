"""What is served while faults happen, as those know it who ask over HTTP.

READ is two readings: completed within seconds. TEST has a reading and a quiz of five questions.
RUSH is a quiz of thirty minutes, in which the clock that is turned ends attempts.
"""

RIGHT = {"shorttext": "ґанок", "single": "a"}
CHOICES = {"44": "a", "36": "b", "30": "c"}  # of a single choice, by the words shown
READINGS = {"READ": ["first", "second"], "TEST": ["first"], "RUSH": []}
QUIZZES = {"TEST": "quiz", "RUSH": "quiz"}
TYPES = ("shorttext", "single", "shorttext", "single", "shorttext")
MINUTES = 30
PASS_MARK = 70  # percent
